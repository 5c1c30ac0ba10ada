/** An event without its texts: 13 words, 6 for its rest, and a number of its own for metric, time and ttl each. */
export const EVENT_BYTES = 200;
/** What a list or a set takes for each of its texts, besides their characters. */
export const TAG_BYTES = 32;
export const ATTRIBUTE_BYTES = 144;
/** Longer texts may be of two bytes a character. */
const MAX_PLAIN_CHARS = 256;

/** About how many bytes a text takes. */
export function textBytes(text: unknown): number {
  if (typeof text !== "string") return 0;
  return text.length > MAX_PLAIN_CHARS ? 2 * text.length : text.length;
}

interface Texts {
  readonly host: string | null;
  readonly service: string | null;
  readonly state: string | null;
  readonly description: string | null;
  readonly tags: readonly string[];
  readonly attributes: TextSet;
}

type TextSet = Readonly<Record<string, string>>;

/** About how many bytes an event takes, its texts included; rather too many, for texts may be shared. */
export function measure({ host, service, state, description, tags, attributes }: Texts): number {
  let bytes = EVENT_BYTES + textBytes(host) + textBytes(service) + textBytes(state) + textBytes(description);
  // User code may put anything where tags should be.
  if (Array.isArray(tags)) for (const tag of tags) bytes += TAG_BYTES + textBytes(tag);
  return bytes + setBytes(attributes);
}

/** The set weighed last: events that follow each other often share theirs. */
let lastSet: TextSet | null = null;
let lastBytes = 0;

function setBytes(attributes: TextSet): number {
  if (attributes === lastSet) return lastBytes;
  let bytes = 0;
  for (const name in attributes) bytes += ATTRIBUTE_BYTES + textBytes(name) + textBytes(attributes[name]);
  lastSet = attributes;
  lastBytes = bytes;
  return bytes;
}
