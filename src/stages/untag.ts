import { withTags } from "../core/event.ts";
import { checkOption } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";
import { memoTags, tagList, tagsRule } from "../kit/tags.ts";

/**
 * Removes tags from each event.
 *
 * Emits each event at once, changed, or as it is when it had none of the tags; holds nothing but the last list of tags
 * it made. Events without a metric and expired ones are treated like any other.
 *
 * @param tags - One tag or a list of them.
 * @throws FastTsError `FTS_STAGE_OPTION` when `tags` is neither a string that is not empty nor a list of such strings.
 * @category Transform
 * @example
 * pipeline("for everyone to see", [untag("internal"), stdout()]);
 */
export function untag(tags: string | readonly string[]): Stage {
  checkOption("untag", "tags", tags, tagsRule);
  const removed = tagList(tags);
  const isLeft = (tag: string): boolean => !removed.includes(tag);
  const start: Start = () => {
    const untagged = memoTags((old) => (old.every(isLeft) ? old : old.filter(isLeft)));
    return changing((event) => {
      const left = untagged(event.tags);
      return left === event.tags ? event : withTags(event, left);
    });
  };
  return stage("untag", start, { memory: 0, changes: ["tags"] });
}
