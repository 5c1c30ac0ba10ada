import { Event } from "../core/event.ts";
import { NO_REST, READ } from "../core/event-rest.ts";
import { EVENT_BYTES } from "../core/event-weight.ts";
import { type ArrivalTimes, AS_THEY_ARE } from "./arrival-times.ts";
import { isAttribute } from "./attribute.ts";
import { viewOf } from "./data-view.ts";
import { malformed, problemText } from "./decode-problem.ts";
import type { EventPicks } from "./event-partitions.ts";
import { MessageLimits } from "./limits.ts";
import { ATTRIBUTES, bytesOfLists, RestReader, SHARED_BYTES } from "./rest-reader.ts";
import { bodyEnd, passed, passField, skipField, skipMessage, tagValue } from "./skip.ts";
import { StringTable } from "./string-table.ts";
import { Rests } from "./unread-rests.ts";
import { integer, readInt64, readSint64, varintEnd } from "./varint.ts";

/** The message is decoded. */
export const OK = 0;
/** The message is decoded and carries a query too. */
export const QUERY = 1;
/** The bytes are no Msg, or one beyond a limit; `Decoder.problem` says why. */
export const MALFORMED = -1;
export type Outcome = typeof OK | typeof QUERY | typeof MALFORMED;

export interface DecoderOptions {
  /** How many strings are remembered, a power of two. @default 16,384 */
  readonly strings?: number;
  /** How many lists of tags, and as many sets of attributes, are remembered, a power of two. @default 2,048 */
  readonly sets?: number;
  /** What reads the events' times. @default they are taken as they are */
  readonly times?: ArrivalTimes;
}

// How much the value at hand counts: a field replaces one of its own rank or below.
const NONE = 0;
const SECONDS = 1;
const MICROS = 2;
const FLOAT = 1;
const DOUBLE = 2;
const INTEGER = 3;

/** Longer events may have long texts of two bytes a character. */
const PLAIN_EVENT_BYTES = 512;

/** Highest tags that an Event and a State know: metric_f and ttl. What is above is passed over. */
const EVENT_TAGS = 0x7d;
const STATE_TAGS = 0x45;

/**
 * Makes events of one fixed shape out of the bytes of a Msg, wherever they lie (a shared ring too).
 *
 * Repeated strings (up to 60 bytes; descriptions are not looked up: it costs what it saves), lists of tags (92 bytes)
 * and sets of attributes (124 bytes) are made once, frozen and shared. With the default options the tables take 1.7 MB
 * and hold on to some 2.5 MB of strings and sets, however many different ones come by.
 */
export class Decoder {
  readonly #texts: StringTable;
  readonly #rests: Rests;
  #isChecked = false;
  readonly #limits = new MessageLimits();
  readonly #times: ArrivalTimes;
  /** What was wrong with the last malformed message, and at which of its bytes: to be read behind "the message". */
  problem = "";

  constructor(options: DecoderOptions = {}) {
    const { strings = 16_384, sets = 2_048, times = AS_THEY_ARE } = options;
    this.#times = times;
    this.#texts = new StringTable(strings);
    this.#rests = new Rests(new RestReader(sets, this.#texts));
  }

  /**
   * Messages come from bytes that stay as they are up to `end`, until this is called again.
   *
   * @param mayBeUnread - Whether descriptions, tags and attributes may be left to be decoded when they are asked for.
   * @param isChecked - Whether the messages are known to be well-formed.
   */
  begin(end: number, mayBeUnread: boolean, isChecked: boolean): void {
    this.#isChecked = isChecked;
    this.#rests.begin(end, mayBeUnread);
  }

  /**
   * Decodes the one Msg in [start, end), without its length, and appends its events (`states` too) to `into`.
   * Never throws; when malformed, `into` is as before.
   *
   * @param now - Unix seconds, for events without a time.
   * @param picks - Of a message that was checked, says which events are wanted.
   */
  decode(
    bytes: Buffer,
    start: number,
    end: number,
    now: number,
    into: Event[],
    picks: EventPicks | null = null,
  ): Outcome {
    const before = into.length;
    const view = viewOf(bytes);
    let outcome: Outcome = OK;
    let at = start;
    this.#limits.begin(end - start);
    while (at >= 0 && at < end) {
      if (view.getUint8(at) === 0x32 && end - at > 2) {
        // The common case written out: an event with a length of one or two bytes.
        const low = view.getUint8(at + 1);
        const high = low > 127 ? view.getUint8(at + 2) : 0;
        const from = low > 127 ? at + 3 : at + 2;
        const length = (low & 127) | (high << 7);
        if (high < 128 && length <= end - from) {
          at = from + length;
          if (picks !== null && !picks.next()) continue;
          const event = this.#event(bytes, view, from, at, EVENT_TAGS, now);
          if (event === null) return this.#malformed(start, into, before);
          into.push(event);
          continue;
        }
      }
      at = passField(view, at, end);
      if (at < 0) return this.#malformed(start, into, before);
      const { tag, at: from } = passed;
      if (tag === 0x32 || tag === 0x22) {
        if (picks !== null && !picks.next()) continue;
        const limit = tag === 0x32 ? EVENT_TAGS : STATE_TAGS;
        const event = this.#event(bytes, view, from, at, limit, now);
        if (event === null) return this.#malformed(start, into, before);
        into.push(event);
      } else if (tag === 0x2a) {
        outcome = QUERY;
        at = skipMessage(view, from, at);
      }
    }
    if (at < 0) return this.#malformed(start, into, before);
    return outcome;
  }

  #malformed(start: number, into: Event[], before: number): typeof MALFORMED {
    into.length = before;
    this.problem = problemText(start);
    return MALFORMED;
  }

  // Long on purpose: one loop, every field a local, as calls and results in objects cost more than the work.
  #event(bytes: Buffer, view: DataView, start: number, end: number, known: number, now: number): Event | null {
    let host: string | null = null;
    let service: string | null = null;
    let state: string | null = null;
    let metric = 0;
    let metricRank = NONE;
    let time = 0;
    let timeRank = NONE;
    let ttl = 0;
    let hasTtl = false;
    /** Where description, tags and attributes are; 0 when there are none. */
    let restFrom = 0;
    let restTo = 0;
    const isChecked = this.#isChecked;

    if (!this.#limits.admits(view, start, end)) return null;
    let at = start;
    while (at < end) {
      const fieldAt = at;
      let tag = view.getUint8(at++);
      if (tag > 127) {
        at = varintEnd(view, fieldAt, end);
        if (at < 0) return null;
        tag = tagValue(view, fieldAt, at);
        if (tag < 0) return null;
      }
      if (tag > known) {
        at = skipField(view, tag, at, end);
        if (at < 0) return null;
        continue;
      }
      if ((tag & 7) === 2) {
        let from = at + 1;
        let to = at < end ? from + view.getUint8(at) : -1;
        if (to < 0 || to - from > 127) {
          from = varintEnd(view, at, end);
          if (from < 0) return null;
          to = bodyEnd(view, at, from, end);
          if (to < 0) return null;
        } else if (to > end) {
          malformed("length beyond the end", at);
          return null;
        }
        at = to;
        if (tag <= 0x22 && tag >= 0x12) {
          // One call for three fields, so that all of it is inlined here.
          const string = this.#texts.next(bytes, view, from, to, tag >> 3);
          if (tag === 0x1a) service = string;
          else if (tag === 0x22) host = string;
          else state = string;
          continue;
        }
        if (tag < 8) {
          malformed("field number 0", fieldAt);
          return null;
        }
        // Description, tags and attributes, with what is unknown among them: telling them apart here costs 20 ns.
        if (restFrom === 0) restFrom = fieldAt;
        restTo = to;
        if (tag === ATTRIBUTES && !isChecked && !isAttribute(view, from, to)) return null;
        continue;
      }
      switch (tag) {
        case 0x08: // 1 time
          at = readInt64(view, at, end);
          if (at < 0) return null;
          if (timeRank <= SECONDS) {
            time = integer[0] as number;
            timeRank = SECONDS;
          }
          break;
        case 0x50: // 10 time_micros
          at = readInt64(view, at, end);
          if (at < 0) return null;
          time = (integer[0] as number) / 1e6;
          timeRank = MICROS;
          break;
        case 0x68: // 13 metric_sint64
          at = readSint64(view, at, end);
          if (at < 0) return null;
          metric = integer[0] as number;
          metricRank = INTEGER;
          break;
        case 0x45: // 8 ttl
          if (end - at < 4) {
            malformed("truncated 32-bit field", at);
            return null;
          }
          ttl = view.getFloat32(at, true);
          hasTtl = true;
          at += 4;
          break;
        case 0x71: // 14 metric_d
          if (end - at < 8) {
            malformed("truncated 64-bit field", at);
            return null;
          }
          if (metricRank <= DOUBLE) {
            metric = view.getFloat64(at, true);
            metricRank = DOUBLE;
          }
          at += 8;
          break;
        case 0x7d: // 15 metric_f
          if (end - at < 4) {
            malformed("truncated 32-bit field", at);
            return null;
          }
          if (metricRank <= FLOAT) {
            metric = view.getFloat32(at, true);
            metricRank = FLOAT;
          }
          at += 4;
          break;
        default:
          at = skipField(view, tag, at, end);
          if (at < 0) return null;
      }
    }
    if (time >= this.#times.plainBefore) time = this.#times.seconds(time);
    /** What it takes in memory besides its bytes here. */
    let more = EVENT_BYTES;
    if (restTo - restFrom > SHARED_BYTES) more += bytesOfLists(view, restFrom, restTo);
    const rests = this.#rests;
    const rest = restFrom === 0 ? NO_REST : rests.of(bytes, view, restFrom, restTo, known);
    return new Event(
      host,
      service,
      state,
      metricRank === NONE ? null : metric,
      timeRank === NONE ? now : time,
      hasTtl ? ttl : null,
      metricRank === FLOAT,
      rest,
      restFrom === 0 ? READ : rests.place,
      more + (end - start > PLAIN_EVENT_BYTES ? 2 * (end - start) : end - start),
    );
  }
}
