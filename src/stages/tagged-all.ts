import type { Event } from "../core/event.ts";
import { checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";
import { tagList, tagsRule } from "../kit/tags.ts";

/**
 * Passes events that have all of the tags, and drops the others.
 *
 * Emits at once and holds nothing. With an empty list everything passes. Events without a metric and expired ones are
 * treated like any other.
 *
 * @param tags - One tag or a list of them.
 * @throws FastTsError `FTS_STAGE_OPTION` when `tags` is neither a string that is not empty nor a list of such strings.
 * @category Route
 * @example
 * pipeline("production databases", [taggedAll(["production", "database"]), stdout()]);
 */
export function taggedAll(tags: string | readonly string[]): Stage {
  checkOption("taggedAll", "tags", tags, tagsRule);
  const wanted = tagList(tags);
  const test = (event: Event): boolean => {
    for (const tag of wanted) if (!event.tags.includes(tag)) return false;
    return true;
  };
  return stage("taggedAll", () => passing("taggedAll", test), { memory: 0, changes: [] });
}
