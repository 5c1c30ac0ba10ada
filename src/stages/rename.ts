import { type Stage, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";
import { FastTsError } from "../errors.ts";
import { compilePatch } from "../kit/event-patch.ts";
import { readEach } from "../kit/field-options.ts";
import { findField, type Read, type TextPath } from "../kit/field-values.ts";

/** Where texts go: from a field or attribute to another. */
export type Renames = { readonly [From in TextPath]?: TextPath };

/**
 * Moves texts to other fields or attributes.
 *
 * Emits each event at once, changed, and holds nothing but the last attributes it made. The text replaces what the new
 * place held, and leaves nothing in the old one. What is not there is not moved, and the place it was to go to keeps
 * what it has. All move at once, so two may change places. Expired events are treated like any other.
 *
 * @param names - The new name by the old one: `host`, `service`, `state`, `description`, or an attribute,
 * `"attributes.zone"`.
 * @throws FastTsError `FTS_STAGE_OPTION` when a name is none of these, or two go to the same place.
 * @category Transform
 * @example
 * pipeline("as the dashboard wants it", [
 *   rename({ host: "attributes.node", "attributes.app": "service", "attributes.region": "attributes.zone" }),
 *   stdout(),
 * ]);
 */
export function rename(names: Renames): Stage {
  const targets: Record<string, Read> = {};
  const sources = readEach("rename", names, NOT_TEXT, (from, to, moved) => {
    const target = findField(`rename(${from})`, to, NOT_TEXT);
    const place = String(to);
    if (Object.hasOwn(targets, place))
      throw new FastTsError("FTS_STAGE_OPTION", `rename(${from}): ${place} is already the new name of another`);
    const leaves = Object.hasOwn(names, place);
    targets[place] = leaves ? moved.read : (event) => moved.read(event) ?? target.read(event);
    return null;
  });
  const change = compilePatch("rename", { ...sources, ...targets });
  return stage("rename", () => changing(change), { memory: 0, changes: Object.keys({ ...sources, ...targets }) });
}

const NOT_TEXT = ["metric", "time", "ttl", "tags", "attributes"];
