import { aString, type Rule } from "../core/option.ts";

type Tags = readonly string[];

/** What stages take for tags: one, or a list, which may be empty. */
export const tagsRule: Rule = {
  must: "a tag (a string that is not empty) or a list of tags",
  test: (value) => (Array.isArray(value) ? value.every(aString.test) : aString.test(value)),
};

/** A stage's own copy of its tags option, as a list. */
export function tagList(tags: string | Tags): Tags {
  return typeof tags === "string" ? [tags] : [...tags];
}

/**
 * Runs `change` once for consecutive events that share their list of tags: the decoder has one object for equal lists,
 * so most events cost a comparison and share the result.
 */
export function memoTags(change: (tags: Tags) => Tags): (tags: Tags) => Tags {
  let last: Tags | null = null;
  let result: Tags = [];
  return (tags) => {
    if (tags !== last) {
      result = Object.freeze(change(tags));
      last = tags;
    }
    return result;
  };
}
