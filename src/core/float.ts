/** A 32-bit float as the number with the fewest digits that still names it: 0.1, not 0.10000000149011612. */
export function shortestFloat(value: number): number {
  if (Math.fround(value) !== value || value === 0) return value; // not a 32-bit float, NaN, or a zero with its sign
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return Number(value.toPrecision(9)); // nine digits name every 32-bit float
}

/** What stands for a number in JSON; `isFloat`: with the fewest digits that name its 32-bit float. */
export function jsonNumber(value: number | null, isFloat: boolean): number | string | null {
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return String(value);
  return isFloat ? shortestFloat(value) : value;
}
