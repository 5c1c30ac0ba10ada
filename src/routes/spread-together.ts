import { type SpreadField, spreadFields } from "../core/spread.ts";
import { subscribedTo } from "./check-channels.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import { groupsOf } from "./joined-pipelines.ts";
import { type Changed, union } from "./spread-needs.ts";
import { type Spread, type Spreads, spreadsOf } from "./spread-of.ts";

type Member = Pick<DryRunPipeline, "name" | "edges" | "needs">;

/** The targets whose bounds cannot be divided among so many workers: in words, by their `id`. */
export function undividedTargets(
  pipelines: readonly Pick<DryRunPipeline, "edges">[],
  workers: number,
): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  for (const { target, maxWriters = Infinity } of pipelines.flatMap(({ edges }) => edges))
    if (target !== undefined && maxWriters < workers)
      targets.set(target.id, `the bounds of ${target.label} allow ${maxWriters} of them to send`);
  return targets;
}

/**
 * Where pipelines run together, by name. Those that channels or the index join are all spread by the same field, or all
 * in one worker. So are those that feed a target whose bounds cannot be divided. Of several fields that suit pipelines the
 * one is taken by which they are now, else one that others have need of: what is spread by the same field is decoded once.
 *
 * @param workers - Two, where their number is not known.
 * @param partitionKey - The first one of the fields, where nothing else decides.
 * @param now - By what those are that run.
 */
export function spreadTogether(
  pipelines: readonly Member[],
  workers = 2,
  partitionKey: SpreadField = "host",
  now: ReadonlyMap<string, Pick<Spread, "by">> = new Map(),
): ReadonlyMap<string, Spread> {
  if (workers === 1) return new Map(pipelines.map(({ name }) => [name, { by: "all", why: "there is no other" }]));
  const targets = undividedTargets(pipelines, workers);
  const fields = spreadFields(partitionKey);
  const groups = groupsOf(pipelines).map((group) => suitedOf(group, pipelines, targets, fields));
  const needed = new Set(groups.map(commonOf).flatMap((common) => (common.length === 1 ? common : [])));
  const found = new Map(
    groups.flatMap((group) => {
      const common = commonOf(group);
      const [is] = group.flatMap(({ one }) => common.filter((field) => now.get(one.name)?.by === field));
      return placed(group, is ?? common.find((field) => needed.has(field)) ?? common[0], fields);
    }),
  );
  return new Map(pipelines.map(({ name }) => [name, found.get(name) as Spread]));
}

/** Places in words. */
export function placementsOf(spreads: ReadonlyMap<string, Spread>): ReadonlyMap<string, string> {
  const shown = ({ by, why }: Spread): string =>
    by === "all" ? `one worker: ${why}` : `all workers, by ${by}: ${why}`;
  return new Map([...spreads].map(([name, spread]) => [name, shown(spread)]));
}

interface Suited extends Spreads {
  readonly one: Member;
}

/** By what each of a group may be spread. */
function suitedOf(
  group: readonly Member[],
  all: readonly Member[],
  targets: ReadonlyMap<string, string>,
  possible: readonly SpreadField[],
): readonly Suited[] {
  return group.map((one) => {
    const found = spreadsOf(one.needs, changedBefore(one, all), possible);
    const [undivided] = one.edges.flatMap(({ target }) => targets.get(target?.id ?? "") ?? []);
    return { one, ...(undivided === undefined || found.fields.length === 0 ? found : { fields: [], why: undivided }) };
  });
}

function commonOf([first, ...others]: readonly Suited[]): readonly SpreadField[] {
  return first?.fields.filter((field) => others.every(({ fields }) => fields.includes(field))) ?? [];
}

function placed(
  group: readonly Suited[],
  by: SpreadField | undefined,
  possible: readonly SpreadField[],
): readonly (readonly [string, Spread])[] {
  const whole = group.find(({ fields }) => fields.length === 0)?.one;
  return group.map(({ one, fields, why }) => {
    if (by !== undefined) return [one.name, { by, why }];
    if (fields.length === 0) return [one.name, { by: "all", why }];
    const others = whole === undefined ? apart(group, possible) : `it with ${quoted(whole)}, which is in one worker`;
    return [one.name, { by: "all", why: `channels or the index join ${others}` }];
  });
}

/** Pipelines that no field suits all of. */
function apart(group: readonly Suited[], possible: readonly SpreadField[]): string {
  const unsuited = new Set(possible.map((field) => group.find(({ fields }) => !fields.includes(field))));
  return [...unsuited]
    .flatMap((each) => (each ? `${quoted(each.one)}, by ${each.fields.join(" or ")}` : []))
    .join(", and ");
}

/** What may have happened to the events of a pipeline in those that publish them. */
function changedBefore(one: Member, all: readonly Member[], below: readonly Member[] = []): Changed {
  const channels = subscribedTo(one);
  const published = all.flatMap((publisher) => {
    if (below.includes(publisher)) return []; // a circle, which does not load
    return publisher.needs.published
      .filter(({ channel }) => channels.includes(channel))
      .map(({ changed }) => union(changedBefore(publisher, all, [...below, one]), ofPipeline(changed, publisher.name)));
  });
  return published.reduce(union, {});
}

function ofPipeline(changed: Changed, of: string): Changed {
  return Object.fromEntries(Object.entries(changed).map(([field, changer]) => [field, { ...changer, of }]));
}

function quoted({ name }: Member): string {
  return JSON.stringify(name);
}
