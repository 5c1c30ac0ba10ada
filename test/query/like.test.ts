import assert from "node:assert/strict";
import { test } from "node:test";
import { compileLike } from "../../src/query/like.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

test("a % stands for any characters, all others for themselves, and the whole text counts", () => {
  const letters = fc.constantFrom(..."aab.*\n");
  fc.assert(
    fc.property(
      fc.string({ unit: fc.oneof(letters, fc.constant("%")) }),
      fc.string({ unit: letters }),
      (pattern, text) => {
        const pieces = pattern.split("%").map((piece) => piece.replace(/[.*]/g, "\\$&"));
        assert.equal(compileLike(pattern)(text), new RegExp(`^${pieces.join(".*")}$`, "s").test(text));
      },
    ),
    { numRuns: rounds(350) },
  );
});

test("beginning and end are never the same characters", () => {
  assert.deepEqual(["aba", "ab"].map(compileLike("ab%a")), [true, false]);
  assert.deepEqual(["aba", "ababa"].map(compileLike("ab%ba")), [false, true]);
});

test("of a long text beginning and end are compared, and the first 8,192 characters searched", () => {
  const text = `b${"a".repeat(9_000)}cd`;
  const patterns = ["b%d", "%cd", "%ab%", "b%aa%cd", "%c%"];
  assert.deepEqual(
    patterns.map((pattern) => compileLike(pattern)(text)),
    [true, true, false, true, false],
  );
});
