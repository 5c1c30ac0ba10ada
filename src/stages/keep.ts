import { attributeName, type FieldPath, findField, pathList, type Read } from "../core/field-values.ts";
import { compileRemake } from "../core/remake.ts";
import { type Stage, stage } from "../core/stage.ts";

/**
 * Keeps some fields and attributes of each event, and removes the others.
 *
 * Emits each event at once, changed, and holds nothing but the last attributes it made. `time` is always kept, as every
 * event has one. Expired events are treated as any other, and are so no longer without their `state`.
 *
 * @param fields - What to keep: a field or a list of them, attributes all together as `"attributes"` or single ones by
 * their names, `"attributes.zone"`.
 * @throws FastTsError `FTS_STAGE_OPTION` when one is no field.
 * @category Transform
 * @example
 * pipeline("numbers only", [keep(["host", "service", "metric", "attributes.zone"]), stdout()]);
 */
export function keep(fields: FieldPath | readonly FieldPath[]): Stage {
  const reads: Record<string, Read | null> = Object.fromEntries(REMOVABLE.map((field) => [field, null]));
  for (const path of pathList(fields)) {
    const { read } = findField("keep(fields)", path);
    const name = String(path);
    if (attributeName(name) === null) delete reads[name];
    else reads[name] = read;
  }
  const change = compileRemake("keep", reads);
  return stage(
    "keep",
    ({ emit }) =>
      (event) =>
        emit(change(event)),
  );
}

const REMOVABLE = ["host", "service", "state", "description", "metric", "ttl", "tags", "attributes"];
