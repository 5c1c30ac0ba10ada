/**
 * Where a run of fields of the same tag ends: `at` is just after its first. Only lengths of one byte are followed; the
 * rest of the run, if any, is a run of its own.
 */
export function runEnd(view: DataView, tag: number, at: number, end: number): number {
  let next = at;
  while (next + 1 < end && view.getUint8(next) === tag) {
    const length = view.getUint8(next + 1);
    if (length > 127 || length > end - next - 2) break;
    next += 2 + length;
  }
  return next;
}
