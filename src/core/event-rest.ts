/** Custom fields of an event, by name; both name and value are strings, as on the wire. */
export type Attributes = Readonly<Record<string, string>>;

export const NO_TAGS: readonly string[] = Object.freeze([]);
export const NO_ATTRIBUTES: Attributes = Object.freeze({ __proto__: null as never });

/** The fields of an event that few pipelines read: its copies share them. */
export class Rest {
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly attributes: Attributes;

  constructor(description: string | null, tags: readonly string[], attributes: Attributes) {
    this.description = description;
    this.tags = tags;
    this.attributes = attributes;
  }
}

export const NO_REST = new Rest(null, NO_TAGS, NO_ATTRIBUTES);

/** The rest of an event that has these fields; tags and attributes that are given are frozen. */
export function restOf(description: string | null, tags: readonly string[], attributes: Attributes): Rest {
  if (description === null && tags === NO_TAGS && attributes === NO_ATTRIBUTES) return NO_REST;
  // What is frozen is not frozen again: that costs 50 ns.
  return new Rest(
    description,
    tags === NO_TAGS ? tags : Object.freeze(tags),
    attributes === NO_ATTRIBUTES ? attributes : Object.freeze(attributes),
  );
}

/** What the rest of some events is decoded from, when it is asked for. */
export interface UnreadRests {
  /** @param place - Of the event; the same object whenever it is asked for. */
  at(place: number): Rest;
}

/** The place of an event whose rest is no longer unread. */
export const READ = -1;
