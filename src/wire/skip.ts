import { malformed } from "./decode-problem.ts";
import { uint32, varintEnd } from "./varint.ts";

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;
/** Maximum nesting of groups; protobuf's own readers stop at 100 levels of anything. */
const MAX_DEPTH_LEVELS = 64;
/** Tags of the groups that are open; fields in a group that are no groups need none. */
const open = new Uint32Array(MAX_DEPTH_LEVELS);

/** Where the field of this tag ends whose content starts at `at`, or -1. */
export function skipField(view: DataView, tag: number, at: number, end: number): number {
  if (tag >>> 3 === 0) return malformed("field number 0", at);
  switch (tag & 7) {
    case VARINT:
      return varintEnd(view, at, end);
    case FIXED64:
      return end - at >= 8 ? at + 8 : malformed("truncated 64-bit field", at);
    case BYTES:
      return bytesEnd(view, at, end);
    case GROUP:
      return groupEnd(view, tag, at, end);
    case END_GROUP:
      return malformed("end of a group that was not begun", at);
    case FIXED32:
      return end - at >= 4 ? at + 4 : malformed("truncated 32-bit field", at);
    default:
      return malformed(`unknown wire type ${tag & 7}`, at);
  }
}

/** Passes over every field of [at, end): -1 when it is no protobuf message, else `end`. */
export function skipMessage(view: DataView, at: number, end: number): number {
  let next = at;
  while (next >= 0 && next < end) next = passField(view, next, end);
  return next;
}

/** Of the field that was passed over last: its tag, and where what it holds begins (behind the length of bytes). */
export const passed = { tag: 0, at: 0 };

/** Passes over the whole field at `at`, which is not `end`: where it ends, or -1. `passed` tells what it was. */
export function passField(view: DataView, at: number, end: number): number {
  const first = view.getUint8(at);
  const kind = first & 7;
  // Written out for small fields, of which most can be in a message: a tag of one byte, then a varint or length of one.
  if (first > 7 && first < 128 && (kind === VARINT || kind === BYTES) && at + 1 < end) {
    const second = view.getUint8(at + 1);
    const next = at + 2 + (kind === BYTES ? second : 0);
    if (second < 128 && next <= end) {
      passed.tag = first;
      passed.at = kind === BYTES ? at + 2 : at + 1;
      return next;
    }
  }
  const content = varintEnd(view, at, end);
  if (content < 0) return -1;
  const tag = tagValue(view, at, content);
  if (tag < 0) return -1;
  passed.tag = tag;
  passed.at = (tag & 7) === BYTES ? varintEnd(view, content, end) : content;
  return skipField(view, tag, content, end);
}

/** The checked varint in [at, next) as a tag (field number × 8 + wire type), or -1. */
export function tagValue(view: DataView, at: number, next: number): number {
  const tag = uint32(view, at, next);
  return tag < 2 ** 32 ? tag : malformed("field number beyond 2^29 - 1", at);
}

/** Where the bytes end that follow the length in the checked varint [at, next), or -1. */
export function bodyEnd(view: DataView, at: number, next: number, end: number): number {
  const length = uint32(view, at, next);
  return length <= end - next ? next + length : malformed("length beyond the end", at);
}

function bytesEnd(view: DataView, at: number, end: number): number {
  const body = varintEnd(view, at, end);
  return body < 0 ? -1 : bodyEnd(view, at, body, end);
}

function groupEnd(view: DataView, tag: number, start: number, end: number): number {
  open[0] = tag;
  let depth = 1;
  let at = start;
  while (at < end) {
    const content = varintEnd(view, at, end);
    if (content < 0) return -1;
    const inner = tagValue(view, at, content);
    if (inner < 0) return -1;
    at = content;
    if ((inner & 7) === GROUP && inner >>> 3 !== 0) {
      if (depth === MAX_DEPTH_LEVELS) return malformed(`groups nested more than ${MAX_DEPTH_LEVELS} deep`, at);
      open[depth++] = inner;
    } else if ((inner & 7) === END_GROUP && inner - 1 === open[depth - 1]) {
      if (--depth === 0) return at;
    } else {
      at = skipField(view, inner, at, end);
      if (at < 0) return -1;
    }
  }
  return malformed("group without end", start);
}
