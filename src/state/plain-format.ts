import type { Plain } from "../core/state.ts";

/*
 * Plain values in bytes, each after a tag:
 *
 *   null, true, false
 *   COUNT   whole number, 0 to 2^31 - 1, as a varint             NUMBER  any other, 64-bit float, little-endian
 *   TEXT    varint of its bytes, UTF-8                           UNITS   the same, UTF-16: a text that is not well-formed
 *   KNOWN   varint: a text that came before, counted from 0
 *   LIST    varint of its length, values
 *   SHAPE   varint of its length, names (values that are texts), values: a record
 *   RECORD  varint: the names of a record that came before, counted from 0; values
 *   EVENT   16 bits: which fields are there; these, in the order of FIELDS; tags and attributes of an event before as COUNT
 *   LATER   varint of its length: a list whose values come later
 *   EARLIER varint: a value that was written before its turn, counted from 0
 *
 * Behind the value that was written, the values of its LATER lists follow, list by list in the order in which they stand.
 * Before any of them, and behind the last one, there may be values that are written before their turn, each after the tag
 * FIRST. The first bytes are a magic number and the version.
 */
export const MAGIC = Buffer.from("FTSTATE");
export const VERSION = 2;
export const HEADER_BYTES = MAGIC.length + 1;

export const NULL = 0;
export const TRUE = 1;
export const FALSE = 2;
export const COUNT = 3;
export const NUMBER = 4;
export const TEXT = 5;
export const UNITS = 6;
export const KNOWN = 7;
export const LIST = 8;
export const SHAPE = 9;
export const RECORD = 10;
export const EVENT = 11;
export const LATER = 12;
export const EARLIER = 13;
export const FIRST = 14;

export const MAX_COUNTS = 2 ** 31 - 1;
/** Longer texts are written as often as they come. */
export const MAX_KNOWN_CHARACTERS = 256;

/** Shorter lists are written where they stand. */
export const MIN_LATER_VALUES = 256;

/** Stands for a list among values to be written: see `LATER`. */
export class Later {
  readonly length: number;
  readonly values: Iterator<readonly Plain[]>;

  constructor(length: number, values: Iterator<readonly Plain[]>) {
    this.length = length;
    this.values = values;
  }
}

/** Stands for a value that was written before its turn: see `EARLIER`. */
export class Earlier {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

/** Bits of the fields of an event. */
export const HAS_HOST = 1;
export const HAS_SERVICE = 2;
export const HAS_STATE = 4;
export const HAS_DESCRIPTION = 8;
export const HAS_METRIC = 16;
export const HAS_TTL = 32;
export const HAS_TAGS = 64;
export const HAS_ATTRIBUTES = 128;
export const IS_FLOAT = 256;
/** The time with which it counts, when that is not its own. */
export const HAS_COUNTED = 512;

/** Knows with which time an event counts that was ahead of the clock: see `EventTimes`. */
export interface CountedTimes {
  countedAs(event: { readonly time: number }): number | null;
  countAs(event: { readonly time: number }, time: number): void;
}
