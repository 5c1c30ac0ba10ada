import { aFunction, checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";
import { compilePatch } from "../kit/event-patch.ts";
import { readEach } from "../kit/field-options.ts";
import type { FieldValues, GivenValue } from "../kit/field-values.ts";

/** For a field, what to make of its value. */
export type Adjustments = {
  readonly [Path in keyof FieldValues]?: (value: NonNullable<FieldValues[Path]>) => GivenValue<FieldValues[Path]>;
};

/**
 * Replaces the values of fields and attributes with what functions make of them.
 *
 * Emits each event at once, changed, and holds nothing but the last attributes it made. What is not there, `null` or an
 * attribute without a value, stays so, and its function is not called: `defaults` gives it one. Expired events are
 * treated like any other; if a function throws, the pipeline restarts.
 *
 * @param fields - Functions by field, each given the field's value alone; `null` removes it. Single attributes go by
 * their names: `"attributes.zone"`.
 * @throws FastTsError `FTS_STAGE_OPTION` when a field is unknown or has no function; `FTS_STAGE_MISUSE` at run time
 * when a function returns what its field cannot hold.
 * @category Transform
 * @example
 * pipeline("tidied up", [
 *   adjust({ metric: Math.round, host: (host) => host.toLowerCase(), tags: (tags) => tags.toSorted() }),
 *   stdout(),
 * ]);
 */
export function adjust(fields: Adjustments): Stage {
  const reads = readEach("adjust", fields, [], (path, change, { read }) => {
    checkOption("adjust", path, change, aFunction);
    return (event) => {
      const value = read(event);
      return value === null || typeof change !== "function" ? value : change(value);
    };
  });
  const change = compilePatch("adjust", reads);
  return stage("adjust", () => changing(change), { memory: 0, changes: Object.keys(reads) });
}
