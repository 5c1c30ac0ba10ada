import type { Event } from "../core/event.ts";
import { type Stage, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";
import { compilePatch } from "../kit/event-patch.ts";
import { readEach, readGiven } from "../kit/field-options.ts";
import type { FieldValues, GivenValue } from "../kit/field-values.ts";

/** New values, each a fixed one or a function of the event as it came; `null` removes what was there. */
export type Settings = {
  readonly [Path in keyof FieldValues]?: FieldValues[Path] | ((event: Event) => GivenValue<FieldValues[Path]>);
};

/**
 * Sets fields and attributes, whatever they were: Riemann's `with`.
 *
 * Emits each event at once, changed, and holds nothing but the last attributes it made. Tags and attributes are
 * replaced as a whole, single attributes by their names: `"attributes.zone"`. Events without a metric and expired ones
 * are treated like any other; if a function throws, the pipeline restarts.
 *
 * @param fields - The new values by field, or functions of the event as it came; `null` removes. `time` cannot be
 * removed, and no tags are `[]`, no attributes `{}`.
 * @throws FastTsError `FTS_STAGE_OPTION` when a field is unknown or cannot hold its value; `FTS_STAGE_MISUSE` at run
 * time when a function returns what its field cannot hold.
 * @category Transform
 * @example
 * pipeline("events per second of each host", [
 *   set({ metric: 1, service: "events/sec", description: null, "attributes.from": (e) => e.service }),
 *   by("host", [rate(5)]),
 *   stdout(),
 * ]);
 */
export function set(fields: Settings): Stage {
  const reads = readEach("set", fields, [], (path, value, field) => readGiven("set", path, value, field));
  const change = compilePatch("set", reads);
  return stage("set", () => changing(change), { memory: 0, changes: Object.keys(reads) });
}
