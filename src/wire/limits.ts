import { exceeded } from "./decode-problem.ts";
import { passed, passField } from "./skip.ts";

/** Events and states of a message: an empty one is 2 bytes, and 150 once decoded. */
export const MAX_MESSAGE_EVENTS = 262_144;
/** Tags of an event, and as many attributes. Fields are counted as they are sent: equal ones count each. */
export const MAX_EVENT_FIELDS = 1_024;
/** Tags of a message, and as many attributes: a new key costs a hundred times what its bytes cost to check. */
export const MAX_MESSAGE_FIELDS = 262_144;

/** An empty tag. */
const MIN_FIELD_BYTES = 2;
const TAGS = 0x3a;
const ATTRIBUTES = 0x4a;

/** Counts what the events of a message have, so that none has more than an event or a message may. */
export class MessageLimits {
  /** Shorter events need not be looked at: they cannot have too much, nor can all of the message. */
  #lookFrom = 0;
  #events = 0;
  #tags = 0;
  #attributes = 0;

  /** A message of so many bytes begins. */
  begin(bytes: number): void {
    this.#lookFrom = bytes > MAX_MESSAGE_FIELDS * MIN_FIELD_BYTES ? 0 : MAX_EVENT_FIELDS * MIN_FIELD_BYTES;
    this.#events = 0;
    this.#tags = 0;
    this.#attributes = 0;
  }

  /**
   * Whether the message may have one event or state more, in [start, end). False too when its fields are malformed,
   * which only this notices before it has all been read.
   */
  admits(view: DataView, start: number, end: number): boolean {
    if (++this.#events > MAX_MESSAGE_EVENTS) return exceeded(`${MAX_MESSAGE_EVENTS} events`, start);
    return end - start < this.#lookFrom || this.#count(view, start, end);
  }

  #count(view: DataView, start: number, end: number): boolean {
    let tags = 0;
    let attributes = 0;
    for (let at = start; at < end; ) {
      at = passField(view, at, end);
      if (at < 0) return false;
      if (passed.tag === TAGS && ++tags > MAX_EVENT_FIELDS)
        return exceeded(`${MAX_EVENT_FIELDS} tags in one event`, passed.at);
      if (passed.tag === ATTRIBUTES && ++attributes > MAX_EVENT_FIELDS)
        return exceeded(`${MAX_EVENT_FIELDS} attributes in one event`, passed.at);
    }
    this.#tags += tags;
    this.#attributes += attributes;
    if (this.#tags > MAX_MESSAGE_FIELDS) return exceeded(`${MAX_MESSAGE_FIELDS} tags`, start);
    return this.#attributes <= MAX_MESSAGE_FIELDS || exceeded(`${MAX_MESSAGE_FIELDS} attributes`, start);
  }
}
