import { type Stage, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";
import { compilePatch } from "../kit/event-patch.ts";
import { type FieldPath, findField, pathList } from "../kit/field-values.ts";

/**
 * Removes fields and attributes from each event, and keeps the others.
 *
 * Emits each event at once, changed, and holds nothing but the last attributes it made. What is not there cannot be
 * missed. Expired events are treated like any other, and no longer count as expired without their `state`.
 *
 * @param fields - What to remove: a field or a list of them, attributes all together as `"attributes"` or single ones
 * by their names, `"attributes.zone"`. Not `time`, which every event has.
 * @throws FastTsError `FTS_STAGE_OPTION` when one is not a field, or `time`.
 * @category Transform
 * @example
 * pipeline("for everyone to see", [omit(["description", "attributes.user"]), stdout()]);
 */
export function omit(fields: Exclude<FieldPath, "time"> | readonly Exclude<FieldPath, "time">[]): Stage {
  const paths = pathList(fields);
  for (const path of paths) findField("omit(fields)", path, ["time"]);
  const change = compilePatch("omit", Object.fromEntries(paths.map((path) => [String(path), null])));
  return stage("omit", () => changing(change), { memory: 0, changes: paths.map(String) });
}
