import type { Event } from "../core/event.ts";
import { type Stage, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";
import { compilePatch } from "../kit/event-patch.ts";
import { readEach, readGiven } from "../kit/field-options.ts";
import { type FieldPath, type FieldValues, findField, type GivenValue } from "../kit/field-values.ts";

/** Values for what is not there, each a fixed one or a function of the event. */
export type Defaults = {
  readonly [Path in Exclude<FieldPath, "time" | "attributes">]?:
    | FieldValues[Path]
    | ((event: Event) => GivenValue<FieldValues[Path]>);
};

/**
 * Sets fields and attributes that hold nothing, and leaves the others as they are: Riemann's `default`.
 *
 * Emits each event at once: changed, or as it is when nothing is missing; holds nothing but the last attributes it
 * made. Missing is what is `null`, an attribute that is not there, and an empty list of tags; 0, `NaN` and an empty
 * text are values. Expired events are treated like any other; if a function throws, the pipeline restarts.
 *
 * @param fields - The values by field, or functions of the event as it came; attributes by their names,
 * `"attributes.zone"`. `time` has no default: every event has one.
 * @throws FastTsError `FTS_STAGE_OPTION` when a field is unknown or cannot hold its value; `FTS_STAGE_MISUSE` at run
 * time when a function returns what its field cannot hold.
 * @category Transform
 * @example
 * pipeline("all with a state", [defaults({ state: "ok", ttl: 120, "attributes.zone": "unknown" }), stdout()]);
 */
export function defaults(fields: Defaults): Stage {
  const reads = readEach("defaults", fields, ["time", "attributes"], (path, value, field) => {
    const given = readGiven("defaults", path, value, field);
    return (event) => {
      const present = field.read(event);
      return isMissing(present) ? given(event) : present;
    };
  });
  const change = compilePatch("defaults", reads);
  const present = Object.keys(reads).map((path) => findField("defaults(fields)", path).read);
  const complete = (event: Event): Event => {
    for (const read of present) if (isMissing(read(event))) return change(event);
    return event;
  };
  return stage("defaults", () => changing(complete), { memory: 0, changes: Object.keys(reads) });
}

function isMissing(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
