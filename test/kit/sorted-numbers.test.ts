import assert from "node:assert/strict";
import { test } from "node:test";
import { SortedNumbers } from "../../src/kit/sorted-numbers.ts";
import fc from "../fast-check.ts";

test("holds what was added and not removed, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), fc.nat(20), (added, removed) => {
      const numbers = new SortedNumbers();
      for (const number of added) numbers.add(number);
      for (const number of added.slice(0, removed)) numbers.remove(number);
      const left = added.slice(removed).toSorted((a, b) => a - b);
      assert.equal(numbers.size, left.length);
      assert.deepEqual(
        left.map((_, rank) => numbers.at(rank)),
        left,
      );
    }),
  );
});

test("a number in place of another is as good as the one away and the other added", () => {
  const number = fc.integer({ min: 0, max: 9 });
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), fc.nat(), number, (added, pick, number) => {
      const [replaced, expected] = [new SortedNumbers(), new SortedNumbers()];
      for (const one of added) {
        replaced.add(one);
        expected.add(one);
      }
      const old = added[pick % added.length] ?? 0;
      replaced.replace(old, number);
      expected.remove(old);
      expected.add(number);
      assert.deepEqual(
        added.map((_, rank) => replaced.at(rank)),
        added.map((_, rank) => expected.at(rank)),
      );
    }),
  );
});
