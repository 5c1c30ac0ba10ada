import assert from "node:assert/strict";
import { test } from "node:test";
import { LogLinearHistogram } from "../../src/kit/log-linear-histogram.ts";
import { quantileRank } from "../../src/kit/quantile-rank.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const SHARES = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

function histogramOf(values: readonly number[]): LogLinearHistogram {
  const histogram = new LogLinearHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

const quantilesOf = (histogram: LogLinearHistogram) => SHARES.map((share) => histogram.quantile(share));

/** Within 1/64 of what sorting gives, and a value that is too small beside the greatest counts as 0. */
function assertNear(histogram: LogLinearHistogram, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  for (const share of SHARES) {
    const exact = sorted[quantileRank(share, sorted.length)] ?? Number.NaN;
    const near = histogram.quantile(share) ?? Number.NaN;
    const greatest = Math.max(...values.filter((value) => value > 0 === exact > 0).map(Math.abs));
    const tolerance = Math.max(Math.abs(exact) / 64, greatest * 2 ** -62, Number.MIN_VALUE);
    assert.ok(Math.abs(near - exact) <= tolerance, `${share}: ${near} for ${exact}`);
  }
}

const usual = fc.double({ min: -1e6, max: 1e9, noNaN: true }).map((value) => (Math.abs(value) < 1e-300 ? 0 : value));
const any = fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => (Math.abs(v) < 2 ** -1022 ? 0 : v));

test("quantiles are within 1/64 of the exact ones, negative values and zeros included", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(usual, fc.integer({ min: -5, max: 5 })), { minLength: 1 }), (values) => {
      assertNear(histogramOf(values), values);
    }),
  );
});

test("values of any size may come: those 2^63 times smaller than the greatest count as 0", () => {
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 50, size: "max" }), (values) =>
      assertNear(histogramOf(values), values),
    ),
  );
  assert.equal(histogramOf([-1, 1e-12, 1e-12, 1e30]).quantile(0.5), 0);
});

test("the least and the greatest value are exact, and so is one that never changes", () => {
  const histogram = histogramOf([0.3, 7.7, 1e9 + 1]);
  assert.deepEqual([histogram.quantile(0), histogram.quantile(1)], [0.3, 1e9 + 1]);
  assert.deepEqual(new Set(quantilesOf(histogramOf([0.1, 0.1, 0.1]))), new Set([0.1]));
});

test("histograms that are merged equal one of all values, in whatever order these come", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(usual, any), { maxLength: 60, size: "max" }), fc.nat(60), (values, cut) => {
      const merged = histogramOf(values.slice(cut));
      merged.merge(histogramOf(values.slice(0, cut)));
      const whole = histogramOf(values);
      assert.equal(merged.count, values.length);
      assert.deepEqual(quantilesOf(merged), quantilesOf(whole));
      assert.deepEqual(quantilesOf(histogramOf(values.toReversed())), quantilesOf(whole));
    }),
  );
});

test("one that is written as text and read again is the same", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(usual, any), { minLength: 1, maxLength: 60, size: "max" }), (values) => {
      const histogram = histogramOf(values);
      const read = LogLinearHistogram.fromText(histogram.toText());
      assert.ok(read !== null);
      assert.equal(read.count, histogram.count);
      const plusZero = (quantile: number | null) => (quantile === 0 ? 0 : quantile); // JSON has no −0
      assert.deepEqual(quantilesOf(read).map(plusZero), quantilesOf(histogram).map(plusZero));
      assert.equal(read.toText(), histogram.toText());
    }),
  );
});

test("of any other text, it is none, and nothing is thrown", () => {
  const part = fc.array(fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.constantFrom(null, 1.5, 2 ** 60)), {
    maxLength: 5,
  });
  const nearly = fc.tuple(fc.integer(), fc.integer(), fc.integer(), part, part).map((all) => JSON.stringify(all));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), nearly), (text) => {
      const read = LogLinearHistogram.fromText(text);
      if (read !== null) assert.ok(read.count > 0 && Number.isFinite(read.quantile(0.5)));
    }),
    { numRuns: rounds(75) },
  );
  assert.equal(LogLinearHistogram.fromText(new LogLinearHistogram().toText()), null);
  const long = JSON.stringify([1, 1, 0, [0, ...new Array(100_000).fill(1)], [0]]);
  assert.equal(LogLinearHistogram.fromText(long), null);
});

test("of a text of which a part is none, it is none", () => {
  const of = (...part: readonly number[]) => LogLinearHistogram.fromText(JSON.stringify([1, 1, 1, part, []]));
  const slots = (2 ** 11 - 1) * 32;
  assert.deepEqual([of(0, slots - 1, 1)?.count, of(0, slots, 1), of(0, 32736, 1, slots, 1)], [2, null, null]);
});

test("a slot counts up to 2^32 - 1, and then stays there", () => {
  const [one, four] = [32736, 32800];
  const histogram = LogLinearHistogram.fromText(`[1,4,0,[0,${four},1,${one},${2 ** 32 - 1}],[]]`);
  histogram?.add(1);
  assert.ok(Math.abs((histogram?.quantile(0.5) ?? 0) - 1) <= 1 / 64);
});

test("the text is never too long to be read", () => {
  const histogram = new LogLinearHistogram();
  for (let power = -32; power < 32; power += 1 / 64) for (const sign of [1, -1]) histogram.add(sign * 2 ** power);
  assert.equal(LogLinearHistogram.fromText(histogram.toText())?.count, histogram.count);
});

test("an empty one has no quantiles, and a cleared one is empty", () => {
  const histogram = histogramOf([-3, 0, 5]);
  histogram.clear();
  assert.deepEqual([histogram.count, histogram.quantile(0.5)], [0, null]);
  for (const value of [1e-9, -2, 4]) histogram.add(value);
  assertNear(histogram, [1e-9, -2, 4]);
});

test("a cleared one counts as if it were new", () => {
  const values = fc.array(fc.oneof(usual, any, fc.integer({ min: -9, max: 9 })), { maxLength: 60, size: "max" });
  fc.assert(
    fc.property(values, values, (before, after) => {
      const histogram = histogramOf(before);
      histogram.clear();
      for (const value of after) histogram.add(value);
      assert.equal(histogram.toText(), histogramOf(after).toText());
    }),
    { numRuns: rounds(50) },
  );
});

test("what is no finite number is not counted", () => {
  assert.equal(histogramOf([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]).count, 0);
});
