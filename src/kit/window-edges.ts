const MICROS = 1e6;

/** The sum as decimals have it, to the microsecond: 0.1 + 0.2 is 0.3. What is no whole microsecond is added as it is. */
export function sumOf(a: number, b: number): number {
  const [x, y] = [microsOf(a), microsOf(b)];
  return Number.isNaN(x + y) ? a + b : (x + y) / MICROS;
}

/**
 * Where window number `index` begins, in a row of windows of `length` seconds of which number 0 begins at `origin`.
 *
 * Exact to the microsecond, as `origin + index * length` is not: 3 * 0.1 is more than 0.3, and an event of that time
 * would fall into the window before.
 */
export function windowStart(origin: number, length: number, index: number): number {
  const micros = microsOf(origin) + microsOf(length) * index;
  return Number.isSafeInteger(micros) ? micros / MICROS : origin + length * index;
}

/** The number of the window that `time` is in; a window's end belongs to the next one. */
export function windowIndex(origin: number, length: number, time: number): number {
  // The quotient is off by less than a half, so it is the one next to it or the one before.
  const index = Math.round((time - origin) / length);
  return windowStart(origin, length, index) <= time ? index : index - 1;
}

/** Whole microseconds that, as decimals tell, are these seconds; else `NaN`. */
function microsOf(seconds: number): number {
  const micros = Math.round(seconds * MICROS);
  return micros / MICROS === seconds && Number.isSafeInteger(micros) ? micros : Number.NaN;
}
