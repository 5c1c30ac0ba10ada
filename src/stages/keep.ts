import { type Stage, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";
import { compilePatch, readKept } from "../kit/event-patch.ts";
import type { FieldPath } from "../kit/field-values.ts";

/**
 * Keeps some fields and attributes of each event, and removes the others.
 *
 * Emits each event at once, changed, and holds nothing but the last attributes it made. `time` is always kept, as every
 * event has one. Expired events are treated like any other, and no longer count as expired without their `state`.
 *
 * @param fields - What to keep: a field or a list of them, attributes all together as `"attributes"` or single ones by
 * their names, `"attributes.zone"`.
 * @throws FastTsError `FTS_STAGE_OPTION` when one is not a field.
 * @category Transform
 * @example
 * pipeline("numbers only", [keep(["host", "service", "metric", "attributes.zone"]), stdout()]);
 */
export function keep(fields: FieldPath | readonly FieldPath[]): Stage {
  const reads = readKept("keep(fields)", fields);
  const change = compilePatch("keep", reads);
  return stage("keep", () => changing(change), { memory: 0, changes: Object.keys(reads) });
}
