import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { viewOf } from "../../src/wire/data-view.ts";
import { StringTable, text } from "../../src/wire/string-table.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

suite("text", () => {
  test("a table too small for its strings never gives a wrong one", () => {
    const string = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "b", "\0", "é"), maxLength: 18, size: "max" }),
      fc.string({ maxLength: 70, size: "max" }),
    );
    fc.assert(
      fc.property(fc.array(string, { maxLength: 40, size: "max" }), fc.constantFrom(4, 8, 64), (strings, slots) => {
        const texts = new StringTable(slots);
        for (const expected of [...strings, ...strings]) assert.equal(interned(texts, Buffer.from(expected)), expected);
      }),
      { numRuns: rounds(150) },
    );
  });

  test("what came next the last time is never taken for what comes now", () => {
    const string = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 10 });
    const field = fc.constantFrom(2, 3, 4);
    const fields = fc.array(fc.tuple(string, field), { maxLength: 30, size: "max" });
    fc.assert(
      fc.property(fields, fc.constantFrom(4, 8, 64), (values, slots) => {
        const texts = new StringTable(slots);
        for (const [expected, of] of [...values, ...values, ...values.toReversed(), ...values]) {
          const bytes = Buffer.from(expected);
          assert.equal(texts.next(bytes, viewOf(bytes), 0, bytes.length, of), expected);
        }
      }),
      { numRuns: rounds(150) },
    );
  });

  test("a string is the same at the end of the buffer as in its middle", () => {
    const texts = new StringTable(64);
    for (let length = 0; length <= 60; length++) {
      const expected = "abcdefghijklmnopqrstuvwxyz".repeat(3).slice(0, length);
      const bytes = Buffer.from(`${expected}${expected}`);
      assert.equal(texts.interned(bytes, viewOf(bytes), length, bytes.length), expected);
      assert.equal(texts.interned(bytes, viewOf(bytes), 0, length), expected);
    }
  });

  test("bytes that are no UTF-8 become what TextDecoder makes of them", () => {
    const texts = new StringTable(4);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20, size: "max" }), (random) => {
        const bytes = Buffer.from(random);
        const expected = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        assert.equal(interned(texts, bytes), expected);
        assert.equal(text(bytes, viewOf(bytes), 0, bytes.length), expected);
      }),
      { numRuns: rounds(250) },
    );
  });
});

function interned(texts: StringTable, bytes: Buffer): string {
  return texts.interned(bytes, viewOf(bytes), 0, bytes.length);
}
