import assert from "node:assert/strict";
import { test } from "node:test";
import { quantileRank } from "../../src/kit/quantile-rank.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

test("the rank of a share written as a decimal is exact, whatever doubles make of the product", () => {
  const digits = fc.integer({ min: 0, max: 6 });
  fc.assert(
    fc.property(digits, fc.nat(), fc.integer({ min: 1, max: 1_000_000_000 }), (places, number, count) => {
      const tenth = 10 ** places;
      const numerator = number % (tenth + 1);
      const exact = (BigInt(numerator) * BigInt(count)) / BigInt(tenth);
      assert.equal(quantileRank(Number(`${numerator}e-${places}`), count), Math.min(count - 1, Number(exact)));
    }),
    { numRuns: rounds(5_000) },
  );
});

test("every percentage of up to a thousand values, and every share that is a fraction of their number, is exact", () => {
  for (let count = 1; count <= 1000; count++) {
    for (let percent = 0; percent <= 100; percent++)
      assert.equal(quantileRank(percent / 100, count), Math.min(count - 1, Math.floor((percent * count) / 100)));
    for (let rank = 0; rank < count; rank += 7) assert.equal(quantileRank(rank / count, count), rank);
  }
});
