import { withTags } from "../core/event.ts";
import { checkOption } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { changing } from "../core/stateless.ts";
import { memoTags, tagList, tagsRule } from "../kit/tags.ts";

/**
 * Adds tags to each event: the given ones first, then its own, none twice.
 *
 * Emits each event at once, changed, and holds nothing but the last list of tags it made. Events without a metric and
 * expired ones are treated like any other.
 *
 * @param tags - One tag or a list of them.
 * @throws FastTsError `FTS_STAGE_OPTION` when `tags` is neither a string that is not empty nor a list of such strings.
 * @category Transform
 * @example
 * pipeline("mark what is slow", [over(0.5), tag(["slow", "alert"]), stdout()]);
 */
export function tag(tags: string | readonly string[]): Stage {
  checkOption("tag", "tags", tags, tagsRule);
  const added = [...new Set(tagList(tags))];
  const start: Start = () => {
    const tagged = memoTags((old) => {
      // Of the final size: a list that grows takes room for 17 (bench: stages).
      const all = new Array<string>(added.length + old.length);
      let count = 0;
      for (let at = 0; at < added.length; at++) all[count++] = added[at] ?? "";
      for (let at = 0; at < old.length; at++) if (!all.includes(old[at] ?? "")) all[count++] = old[at] ?? "";
      all.length = count;
      return all;
    });
    return changing((event) => withTags(event, tagged(event.tags)));
  };
  return stage("tag", start, { memory: 0, changes: ["tags"] });
}
