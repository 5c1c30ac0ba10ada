import assert from "node:assert/strict";
import { Event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { edgesOf, usesIndex } from "../../src/core/pipeline-edges.ts";
import type { SpreadField } from "../../src/core/spread.ts";
import type { Stages } from "../../src/core/stage.ts";
import { spreadOf } from "../../src/routes/spread-of.ts";
import * as s from "../../src/stages/index.ts";
import { imbalances } from "../e2e/ledger.ts";
import fc from "../fast-check.ts";
import { flat } from "../stages/flat.ts";
import { plainFields, script } from "../stages/moments.ts";
import { toText } from "../stages/plain-text.ts";
import { USES } from "../stages/uses.ts";
import { type Hands, type Played, playedBy, textAt } from "./shared-out.ts";

/*
 * A pipeline of any stages gives out the same in any number of workers as in one, wherever it may run in several. What it
 * gives out is compared by key, in order: the key is what the pipeline is spread by.
 */

export type Make = () => AnyStages;

/** What changes fields, above all those of keys. */
export const CHANGES: readonly Make[] = [
  () => [s.set({ host: "all" })],
  () => [s.set({ service: "all" })],
  () => [s.rename({ service: "host" })],
  () => [s.adjust({ host: (host) => host?.toUpperCase() ?? null })],
  () => [s.defaults({ host: "none" })],
  () => [s.omit(["service"])],
  () => [s.map((e) => e.with({ metric: 1 }))],
];
/** Functions, of which no option says what they change. */
const REWRITES: readonly Make[] = [
  () => [s.map((e) => e.with({ host: e.service }))],
  () => [s.map((e) => e.with({ service: e.state }))],
];
/** `max` holds for each worker: where there are more keys, others of them are forgotten. */
const ALONE = [...USES].filter(([name]) => !name.includes("max: ")).map(([, make]) => make);
const STATELESS = ALONE.filter((make) => spreadOf(make()).by !== "all");
const SINGLE = ALONE.filter((make) => !spreadOf(make()).why.includes("in one"));
const isOk = (e: Event): boolean => e.state === "ok";
const INDEX: readonly Make[] = [
  () => [s.index()],
  () => [s.deleteFromIndex()],
  () => [s.deleteFromIndex("service")],
  () => [s.deleteFromIndex("host")],
];
type Around<Lists extends readonly Stages[]> = readonly ((...inside: Lists) => AnyStages)[];
const BY_FIELD: Around<[Stages]> = [
  (each) => [s.by("host", each)],
  (each) => [s.by("service", each)],
  (each) => [s.by(["host", "service"], each)],
  (each) => [s.by(["service", "host"], each)],
  (each) => [s.by(["state", "host"], each)],
  (each) => [s.by([(e) => e.state, "service"], each)],
  (each) => [s.by("host", [s.by("service", each)])],
];
const BY_OTHERS: Around<[Stages]> = [
  (each) => [s.by("state", each)],
  (each) => [s.by("attributes.zone", each)],
  (each) => [s.by(["attributes.zone", "service"], each)],
  (each) => [s.by((e) => e.host, each)],
];
const BRANCHES: Around<[Stages, Stages]> = [
  (one, other) => [s.where(isOk, one, other)],
  (one, other) => [s.tee(one, other)],
  (one, other) => [s.split([[isOk, one]], other)],
  (one, other) => [s.splitp("<", "metric", [[1, one]], other)],
  (one, other) => [s.dual(isOk, one, other)],
  (one, other) => [s.sdo(one), s.catchErrors(other, [])],
  (one) => [s.parallel(2, one)],
  (one) => [s.parallel(2, one, { key: "service" })],
];

/** Stages that may be spread, and a few that may not, each inside each. @param isApart - Whether they stand in a `by`. */
export function chain(depth: number, changes: readonly Make[], isApart = false): fc.Arbitrary<Make> {
  const link = (weight: number, pool: readonly Make[]): fc.WeightedArbitrary<Make> => ({
    weight,
    arbitrary: fc.constantFrom(...pool).map((make) => () => [...make(), flat]),
  });
  const list = (maxLength: number, ...of: readonly fc.WeightedArbitrary<Make>[]): fc.Arbitrary<Make> =>
    fc.array(fc.oneof(...of), { minLength: 1, maxLength }).map((all) => () => all.flatMap((make) => make()));
  const plain = [
    link(isApart ? 1 : 20, STATELESS),
    link(isApart ? 10 : 1, SINGLE),
    link(4, changes),
    link(isApart ? 6 : 2, INDEX),
  ];
  if (depth === 0) return list(2, ...plain);
  const inner = chain(depth - 1, changes, isApart);
  const apart = chain(depth - 1, changes, true);
  const by = (weight: number, kinds: Around<[Stages]>): fc.WeightedArbitrary<Make> => ({
    weight,
    arbitrary: fc.tuple(fc.constantFrom(...kinds), apart).map(
      ([make, each]): Make =>
        () =>
          make(each() as Stages),
    ),
  });
  const branches = fc.tuple(fc.constantFrom(...BRANCHES), inner, inner).map(
    ([make, one, other]): Make =>
      () =>
        make(one() as Stages, other() as Stages),
  );
  return list(3, ...plain, by(25, BY_FIELD), by(2, BY_OTHERS), { weight: 15, arbitrary: branches });
}

const fields = fc
  .tuple(
    plainFields,
    fc.constantFrom(null, "", "a", "b", "web-1", "web-2", "zürich", "ü"),
    fc.constantFrom(null, "", "x", "y", "é"),
  )
  .map(([plain, host, service]) => ({ ...plain, host, service }));
export const moments = script(fields).map((all) =>
  all.map(({ gap, events }) => ({ gap, events: events.map((one) => one.with({ attributes: zoned(one) })) })),
);
const hands = fc.constantFrom<Hands>(
  { before: 2, after: 2 },
  { before: 8, after: 8 },
  { before: 1, after: 2 },
  { before: 8, after: 2 },
  { before: 3, after: 1 },
);
/** Stages, and what a user says of them: that none changes the host, where no function does. */
const routes = fc.oneof(
  fc.record({ make: chain(2, [...CHANGES, ...REWRITES]), key: fc.constant([]) }),
  fc.record({ make: chain(2, CHANGES), key: fc.constant(["host"] as const) }),
);

/** What else pipelines may be spread by. */
export const partitionKey = fc.constantFrom<SpreadField>("host", "state", "attributes.zone");

export const WAYS = ["all", "host", "service", "state", "attributes.zone"] as const;

/** How many were tried of each way. */
export type Tried = Partial<Record<(typeof WAYS)[number] | SpreadField, number>>;

/** That stages give out the same in several workers as in one, where they may be in several. */
export function inAnyNumberOfWorkers(tried: Tried) {
  return fc.property(routes, partitionKey, moments, hands, ({ make, key }, partitionKey, moments, hands) => {
    const stages = make();
    const { by, why } = spreadOf(stages, { key }, partitionKey);
    tried[by] = (tried[by] ?? 0) + 1;
    if (by === "all" || (by !== "host" && usesIndex(edgesOf(stages)))) return; // the index is in one worker then
    const one = playedBy(stages, by, moments, { before: 1, after: 1 });
    const several = playedBy(stages, by, moments, hands);
    const isKept = !mayChange(stages, by, key);
    const place = `${namesOf(stages)} by ${by}: ${why}`;
    assert.deepEqual(byKey(several, by, isKept), byKey(one, by, isKept), place);
    assert.deepEqual(booksOf(several), booksOf(one), place);
  });
}

/** What came out, in order for each key. Where stages change the key, what came of several may be in any order. */
export function byKey(
  { out }: Pick<Played, "out">,
  field: SpreadField,
  isKept: boolean,
): ReadonlyMap<unknown, readonly string[]> {
  const lists = new Map<unknown, string[]>();
  for (const { at, value } of out) {
    const key = isKept && value instanceof Event ? textAt(field, value) : undefined;
    const list = lists.get(key) ?? [];
    list.push(`${at} ${toText(value)}`);
    lists.set(key, list);
  }
  if (!isKept) for (const list of lists.values()) list.sort();
  return new Map([...lists].toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)));
}

/** The counts of all workers, which balance in each. */
function booksOf({ runs, indexed }: Played): unknown {
  const sums = new Map<string, number>([["index", indexed]]);
  const add = (name: string, count: number): void => void sums.set(name, (sums.get(name) ?? 0) + count);
  for (const run of runs) {
    const report = run.report();
    assert.deepEqual(imbalances(report), []);
    const { offered, taken, emitted, stages } = report;
    for (const [name, count] of Object.entries({ offered, taken, emitted })) add(name, count);
    for (const { place, received, handled, dropped } of stages)
      for (const [name, count] of Object.entries({ received, handled, ...dropped })) add(`${place} ${name}`, count);
  }
  return sums;
}

export function mayChange(stages: AnyStages, field: SpreadField, vouched: readonly string[]): boolean {
  return stages.some(
    ({ changes, branches }) =>
      (changes === null ? !vouched.includes(field) : [field, "attributes"].some((one) => changes.includes(one))) ||
      Object.values(branches).some((inside) => mayChange(inside, field, vouched)),
  );
}

export function namesOf(stages: AnyStages): string {
  const nameOf = ({ name, keyedBy, branches }: AnyStages[number]): string => {
    const inside = Object.values(branches).map((list) => `[${namesOf(list)}]`);
    return `${name}(${[...(keyedBy === null ? [] : [String(keyedBy)]), ...inside].join()})`;
  };
  return stages
    .filter((one) => one !== flat)
    .map(nameOf)
    .join(", ");
}

/** Its attributes, with a zone in most. */
function zoned({ attributes }: Event): Record<string, string> {
  const zone = ["north", "south", "", "ü", null][Number(attributes.n) % 5] ?? null;
  return { ...attributes, ...(zone !== null && { zone }) };
}
