import { NO_ATTRIBUTES, NO_TAGS } from "../core/event.ts";
import { Rest } from "../core/event-rest.ts";
import { ATTRIBUTE_BYTES, TAG_BYTES } from "../core/event-weight.ts";
import { AttributeSets } from "./attribute-sets.ts";
import { runEnd } from "./repeated-field.ts";
import { passed, passField } from "./skip.ts";
import { type StringTable, text } from "./string-table.ts";
import { TagSets } from "./tag-sets.ts";

/** The fields of an event that are its rest, as tags of the wire. */
export const DESCRIPTION = 0x2a;
export const TAGS = 0x3a;
export const ATTRIBUTES = 0x4a;

/** Longer lists of tags, and sets of attributes, are not shared. */
export const SHARED_BYTES = 92;

/** What tags and attributes that are not shared take in memory, besides their bytes in [start, end). */
export function bytesOfLists(view: DataView, start: number, end: number): number {
  let tags = 0;
  let tagBytes = 0;
  let attributes = 0;
  let attributeBytes = 0;
  for (let at = start; at < end; ) {
    const fieldAt = at;
    at = passField(view, at, end);
    if (passed.tag === TAGS) {
      tags++;
      tagBytes += at - fieldAt;
    } else if (passed.tag === ATTRIBUTES) {
      attributes++;
      attributeBytes += at - fieldAt;
    }
  }
  return (
    (tagBytes > SHARED_BYTES ? TAG_BYTES * tags : 0) +
    (attributeBytes > SHARED_BYTES ? ATTRIBUTE_BYTES * attributes : 0)
  );
}

/** Makes the rest of an event of fields that were checked. */
export class RestReader {
  readonly #tagSets: TagSets;
  readonly #attributeSets: AttributeSets;

  constructor(sets: number, texts: StringTable) {
    this.#tagSets = new TagSets(sets, texts);
    this.#attributeSets = new AttributeSets(sets, texts);
  }

  /**
   * Passes over the fields in [start, end) that are others.
   *
   * @param known - Highest tag that the event, or state, knows.
   */
  read(bytes: Buffer, view: DataView, start: number, end: number, known = ATTRIBUTES): Rest {
    let description: string | null = null;
    let tags = NO_TAGS;
    let attributes = NO_ATTRIBUTES;
    // Of an event whose fields are not in one run.
    let ownTags: string[] | null = null;
    let ownAttributes: Record<string, string> | null = null;
    for (let at = start; at < end; ) {
      const fieldAt = at;
      let tag = view.getUint8(at);
      let from = at + 2;
      const length = end - at > 2 ? view.getUint8(at + 1) : 128;
      // The common case written out, as in the decoder.
      if ((tag === DESCRIPTION || tag === TAGS || tag === ATTRIBUTES) && length < 128) at = from + length;
      else {
        at = passField(view, at, end);
        ({ tag, at: from } = passed);
      }
      switch (tag) {
        case DESCRIPTION:
          description = text(bytes, view, from, at);
          break;
        case TAGS: {
          at = runEnd(view, TAGS, at, end);
          const run = this.#tagSets.of(bytes, view, fieldAt, at);
          if (tags === NO_TAGS) tags = run;
          else {
            ownTags ??= [...tags];
            for (let i = 0; i < run.length; i++) ownTags.push(run[i] as string);
          }
          break;
        }
        case ATTRIBUTES: {
          if (known < ATTRIBUTES) break;
          at = runEnd(view, ATTRIBUTES, at, end);
          const run = this.#attributeSets.of(bytes, view, fieldAt, at) ?? NO_ATTRIBUTES;
          if (attributes === NO_ATTRIBUTES) attributes = run;
          else {
            ownAttributes ??= Object.assign(Object.create(null), attributes) as Record<string, string>;
            for (const key in run) ownAttributes[key] = run[key] as string;
          }
          break;
        }
      }
    }
    // Not `restOf`: what is frozen is not frozen again, which costs 50 ns.
    return new Rest(
      description,
      ownTags === null ? tags : Object.freeze(ownTags),
      ownAttributes === null ? attributes : Object.freeze(ownAttributes),
    );
  }
}
