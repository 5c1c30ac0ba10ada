import assert from "node:assert/strict";
import { test } from "node:test";
import { align } from "../../src/testing/align.ts";
import fc from "../fast-check.ts";

const small = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 });
const isEqual = (a: number, b: number): boolean => a === b;

test("each of both lists stands there once, in order", () => {
  fc.assert(
    fc.property(small, small, (left, right) => {
      const pairs = align(left, right, isEqual);
      assert.deepEqual(
        pairs.flatMap((pair) => pair.left ?? []),
        left,
      );
      assert.deepEqual(
        pairs.flatMap((pair) => pair.right ?? []),
        right,
      );
    }),
  );
});

test("all that is left of a list stands beside what it matches", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean()), { maxLength: 12 }), (list) => {
      const all = list.map(([value]) => value);
      const some = list.filter(([, isThere]) => isThere).map(([value]) => value);
      const matched = align(all, some, isEqual).filter(({ left, right }) => left !== null && left === right);
      assert.equal(matched.length, some.length);
    }),
  );
});
