import assert from "node:assert/strict";
import { test } from "node:test";
import { shortestFloat } from "../../src/core/float.ts";
import fc from "../fast-check.ts";

test("a float that stands for 0.1 is 0.1", () => {
  assert.equal(shortestFloat(Math.fround(0.1)), 0.1);
  assert.equal(shortestFloat(Math.fround(16_777_216)), 16_777_216);
  assert.equal(shortestFloat(Math.fround(3.4e38)), 3.4e38);
  assert.equal(shortestFloat(Math.fround(0.020702152)), 0.020702152);
  assert.equal(shortestFloat(Math.fround(119.613014)), 119.613014);
});

test("every 32-bit float survives", () => {
  fc.assert(
    fc.property(fc.float(), (value) => {
      assert.equal(Math.fround(shortestFloat(value)), value);
    }),
  );
});

test("a double that is no float stays as it is", () => {
  assert.equal(shortestFloat(0.123456789012), 0.123456789012);
  assert.equal(shortestFloat(Number.NaN), Number.NaN);
  assert.equal(shortestFloat(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
});
