import type { Event } from "../core/event.ts";
import { checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";
import { passing } from "../core/stateless.ts";
import { tagList, tagsRule } from "../kit/tags.ts";

/**
 * Passes events that have at least one of the tags, and drops the others.
 *
 * Emits at once and holds nothing. With an empty list nothing passes. Events without a metric and expired ones are
 * treated like any other.
 *
 * @param tags - One tag or a list of them.
 * @throws FastTsError `FTS_STAGE_OPTION` when `tags` is neither a string that is not empty nor a list of such strings.
 * @category Route
 * @example
 * pipeline("what somebody must see", [taggedAny(["alert", "page"]), stdout()]);
 */
export function taggedAny(tags: string | readonly string[]): Stage {
  checkOption("taggedAny", "tags", tags, tagsRule);
  const wanted = tagList(tags);
  const test = (event: Event): boolean => {
    for (const tag of wanted) if (event.tags.includes(tag)) return true;
    return false;
  };
  return stage("taggedAny", () => passing("taggedAny", test), { memory: 0, changes: [] });
}
