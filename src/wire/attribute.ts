import { malformed } from "./decode-problem.ts";
import { passed, passField } from "./skip.ts";

/**
 * Where the key ends when the attribute in [start, end) is written as all clients do, otherwise -1: the slow path's turn.
 *
 *   | 0x0a | length < 128 | key | 0x12 | length < 128 | value |
 */
export function plainKeyEnd(view: DataView, start: number, end: number): number {
  if (end - start < 4 || view.getUint8(start) !== 0x0a) return -1;
  const keyEnd = start + 2 + view.getUint8(start + 1);
  const valueLength = end - keyEnd - 2;
  if (valueLength < 0 || valueLength > 127 || keyEnd - start - 2 > 127) return -1;
  return view.getUint8(keyEnd) === 0x12 && view.getUint8(keyEnd + 1) === valueLength ? keyEnd : -1;
}

/** Whether there is an attribute in [start, end), with a key. */
export function isAttribute(view: DataView, start: number, end: number): boolean {
  if (plainKeyEnd(view, start, end) > 0) return true;
  let hasKey = false;
  let at = start;
  while (at < end) {
    at = passField(view, at, end);
    if (at < 0) return false;
    if (passed.tag === 0x0a) hasKey = true;
  }
  if (!hasKey) malformed("attribute without a key", start);
  return hasKey;
}
