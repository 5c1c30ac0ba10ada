import type { PipelineOptions } from "../core/pipeline.ts";
import { type SpreadField, spreadFields } from "../core/spread.ts";
import type { Stage } from "../core/stage.ts";
import { type Changed, type KeyNeed, type SpreadNeeds, spreadNeedsOf, union } from "./spread-needs.ts";

/** Where a pipeline runs: in all workers, each event in the one that has its value of a field, or in one. */
export interface Spread {
  readonly by: "all" | SpreadField;
  /** In words, for `fast-ts check`. */
  readonly why: string;
}

/** By which fields a pipeline may be spread; none: it needs one worker. */
export interface Spreads {
  readonly fields: readonly SpreadField[];
  readonly why: string;
}

/** Where a pipeline with these stages may run, when no other one has to do with it. */
export function spreadOf(
  stages: readonly Stage<never, unknown>[],
  options?: PipelineOptions<readonly Stage<never, unknown>[]>,
  partitionKey: SpreadField = "host",
): Spread {
  const needs = spreadNeedsOf(stages, options, partitionKey);
  const { fields, why } = spreadsOf(needs, {}, spreadFields(partitionKey));
  return { by: fields[0] ?? "all", why };
}

/**
 * A pipeline may be spread by a field by which all that it keeps is kept apart, and which nothing in front of that may
 * change.
 *
 * @param before - What may have happened to its events in pipelines that publish them.
 * @param all - The fields that there are to spread pipelines by.
 */
export function spreadsOf({ keys, whole }: SpreadNeeds, before: Changed, all: readonly SpreadField[]): Spreads {
  let common: Spreads = { fields: all, why: "" };
  for (const key of keys) {
    const own = keptApartBy(key, before, all);
    if (own.fields.length === 0) return own;
    const fields = common.fields.filter((field) => own.fields.includes(field));
    if (fields.length === 0) return { fields, why: `${common.why}, and ${key.place} for each ${named(own.fields)}` };
    common = { fields, why: common.why || own.why };
  }
  return whole === null ? { ...common, why: common.why || "it keeps no state" } : { fields: [], why: whole };
}

function keptApartBy(
  { place, keeps, fields, changed }: KeyNeed,
  before: Changed,
  all: readonly SpreadField[],
): Spreads {
  const usable = all.filter((field) => fields.includes(field));
  const why = `${place} keeps ${keeps} for each ${named(fields)}`;
  const changers = union(before, changed);
  const unchanged = usable.filter((field) => changers[field] === undefined);
  if (unchanged.length > 0) return { fields: unchanged, why };
  const unsaid = usable.find((field) => changers[field]?.isUnsaid);
  const first = changers[unsaid ?? usable[0] ?? ""];
  if (first === undefined) return { fields: [], why: `${why}, and not for each ${all.join(" or ")}` };
  const [from, there] = first.of === undefined ? ["", ""] : [` of ${JSON.stringify(first.of)}`, " there"];
  const mayChange = `${first.place}${from} may change ${named(fields)}, by which ${place} keeps ${keeps === "order" ? keeps : "its state apart"}`;
  const hint = unsaid === undefined ? "" : `; if it does not, say so${there} with { key: "${unsaid}" }`;
  return { fields: [], why: `${mayChange}${hint}` };
}

function named(fields: readonly string[]): string {
  return fields.join(" and ");
}
