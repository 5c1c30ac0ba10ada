import { malformed } from "./decode-problem.ts";

/*
 * Varints: whole 64-bit ones are valid up to ten bytes; what overflows 64 bits is cut off, as protobuf does.
 *
 *   byte      1         2           10
 *         1xxxxxxx  1xxxxxxx …  0000000x     seven bits each, lowest first; the top bit says "more follow"
 */
const MAX_VARINT_BYTES = 10;
const TWO_28 = 2 ** 28;
const TWO_32 = 2 ** 32;

/** The top bit of each byte of a word. */
const MORE = 0x80808080;
const ALL_MORE = MORE | 0;
const UP_TO_THE_LAST = 0x00808080;

/** Where the varint at `at` ends, or -1. */
export function varintEnd(view: DataView, at: number, end: number): number {
  if (end - at < 8) return slowEnd(view, at, end);
  const low = ~view.getInt32(at, true) & MORE;
  if (low !== 0) return at + 1 + lowestByte(low);
  const high = ~view.getInt32(at + 4, true) & MORE;
  return high !== 0 ? at + 5 + lowestByte(high) : slowEnd(view, at, end);
}

/** What the last `readInt64` or `readSint64` read: the nearest double. A function answers with one number, the end. */
export const integer = new Float64Array(1);

/** Reads an int64 into `integer`; where it ends, or -1. */
export function readInt64(view: DataView, at: number, end: number): number {
  if (end - at >= 8) {
    const low = view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    if ((low & MORE) === ALL_MORE) {
      // One addition of two exact halves rounds once, and so rightly. Five bytes: seconds; eight: microseconds.
      if ((high & 128) === 0) {
        integer[0] = bits28(low) + (high & 127) * TWO_28;
        return at + 5;
      }
      if ((high & MORE) === UP_TO_THE_LAST) {
        integer[0] = bits28(low) + bits28(high) * TWO_28;
        return at + 8;
      }
    }
  }
  const next = varintEnd(view, at, end);
  if (next > 0) integer[0] = (high32(view, at, next) | 0) * TWO_32 + (low32(view, at, next) >>> 0);
  return next;
}

/** Reads a sint64 (zigzag: 0, -1, 1, -2, …) into `integer`; where it ends, or -1. */
export function readSint64(view: DataView, at: number, end: number): number {
  const next = varintEnd(view, at, end);
  if (next - at <= 4) {
    const bits = low28(view, at, next);
    integer[0] = (bits >>> 1) ^ -(bits & 1);
  } else {
    const low = low32(view, at, next);
    const high = high32(view, at, next);
    const sign = -(low & 1);
    integer[0] = ((high >>> 1) ^ sign) * TWO_32 + ((((low >>> 1) | (high << 31)) ^ sign) >>> 0);
  }
  return next;
}

/** The checked varint in [at, next) when it fits 32 bits, unsigned; otherwise `Infinity`. */
export function uint32(view: DataView, at: number, next: number): number {
  if (next - at <= 4) return low28(view, at, next);
  return high32(view, at, next) === 0 ? low32(view, at, next) >>> 0 : Number.POSITIVE_INFINITY;
}

function low32(view: DataView, at: number, next: number): number {
  return low28(view, at, next) | (low28(view, at + 4, next) << 28);
}

function high32(view: DataView, at: number, next: number): number {
  return (low28(view, at + 4, next) >>> 4) | (low28(view, at + 8, next) << 24);
}

/** The bits of the up to four bytes from `at`, as a number < 2^28. */
function low28(view: DataView, at: number, next: number): number {
  const count = next - at;
  if (count >= 4) return bits28(view.getInt32(at, true));
  if (count <= 0) return 0;
  let bits = view.getUint8(at) & 127;
  if (count > 1) bits |= (view.getUint8(at + 1) & 127) << 7;
  if (count > 2) bits |= (view.getUint8(at + 2) & 127) << 14;
  return bits;
}

/** The low seven bits of each byte, put together. */
function bits28(word: number): number {
  return (word & 127) | ((word >>> 1) & 0x3f80) | ((word >>> 2) & 0x1fc000) | ((word >>> 3) & 0xfe00000);
}

function slowEnd(view: DataView, at: number, end: number): number {
  const limit = end - at > MAX_VARINT_BYTES ? at + MAX_VARINT_BYTES : end;
  for (let next = at; next < limit; next++) if (view.getUint8(next) < 128) return next + 1;
  return malformed(end - at >= MAX_VARINT_BYTES ? "varint of more than 10 bytes" : "truncated varint", at);
}

/** Which byte of the word the lowest bit that is set lies in, 0 to 3. */
function lowestByte(word: number): number {
  return (31 - Math.clz32(word & -word)) >> 3;
}
