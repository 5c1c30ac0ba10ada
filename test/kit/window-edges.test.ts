import assert from "node:assert/strict";
import { test } from "node:test";
import { sumOf, windowIndex, windowStart } from "../../src/kit/window-edges.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const MICROS = 1_000_000;
/** Seconds as a user writes them: the nearest double of so many microseconds. */
const seconds = (micros: bigint): number => Number(micros) / MICROS;
const moment = fc.oneof(
  fc.bigInt(1_600_000_000_000_000n, 1_900_000_000_000_000n),
  fc.bigInt(-10_000_000n, 100_000_000n),
  fc.bigInt(-100n, 1_000n).map((tenths) => tenths * 100_000n),
);
const length = fc.oneof(
  fc.constantFrom(1_000n, 100_000n, 300_000n, 700_000n, 1_500_000n, 10_000_000n, 86_400_000_000n),
  fc.bigInt(1_000n, 10_000_000n),
);

/** Rounds down, as division of a BigInt rounds towards 0. */
function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return quotient * divisor > dividend ? quotient - 1n : quotient;
}

test("a time is in the window that whole microseconds say, and windows begin where they say", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0n, 1n),
      moment,
      length,
      moment,
      fc.boolean(),
      (isAnchored, first, size, time, isEdge) => {
        const origin = isAnchored * first;
        const index = floorDivide(time - origin, size);
        const edge = origin + index * size;
        assert.equal(windowStart(seconds(origin), seconds(size), Number(index)), seconds(edge));
        const asked = isEdge ? edge : time;
        assert.equal(windowIndex(seconds(origin), seconds(size), seconds(asked)), Number(index));
      },
    ),
    { numRuns: rounds(2_000) },
  );
});

test("a sum is what whole microseconds add up to", () => {
  fc.assert(
    fc.property(
      moment,
      fc.oneof(
        length,
        length.map((size) => -size),
      ),
      (time, size) => {
        assert.equal(sumOf(seconds(time), seconds(size)), seconds(time + size));
      },
    ),
    { numRuns: rounds(2_000) },
  );
});

test("lengths that are no whole microseconds, and times beyond them, still give one window to each time", () => {
  const any = fc.double({ min: -8.64e12, max: 8.64e12, noNaN: true });
  fc.assert(
    fc.property(any, fc.double({ min: 0.001, max: 1e6, noNaN: true }), any, (origin, size, time) => {
      const index = windowIndex(origin, size, time);
      if (!Number.isSafeInteger(index)) return;
      const slack = Math.abs(time) * 2 ** -50 + Math.abs(origin) * 2 ** -50;
      assert.ok(windowStart(origin, size, index) <= time + slack);
      assert.ok(time - slack <= windowStart(origin, size, index + 1));
    }),
    { numRuns: rounds(1_000) },
  );
  assert.equal(sumOf(1 / 3, 1), 1 / 3 + 1);
  assert.equal(sumOf(Number.POSITIVE_INFINITY, 1), Number.POSITIVE_INFINITY);
});
