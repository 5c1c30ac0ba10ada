import assert from "node:assert/strict";
import { test } from "node:test";
import { snappy } from "../../src/wire/snappy.ts";
import fc from "../fast-check.ts";
import { unsnappy } from "./unsnappy.ts";

test("what is compressed is read back as it was", () => {
  const repetitive = fc
    .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.integer({ min: 1, max: 300 })), {
      maxLength: 20,
    })
    .map((parts) => Buffer.concat(parts.flatMap(([piece, times]) => Array.from({ length: times }, () => piece))));
  const anything = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(repetitive, anything), (input) => {
      assert.ok(unsnappy(snappy(input)).equals(input));
    }),
  );
});

test("every length around the limits of elements and blocks is read back", () => {
  for (const length of [
    0, 1, 3, 4, 5, 59, 60, 61, 64, 65, 67, 68, 69, 255, 256, 257, 65_535, 65_536, 65_537, 200_000,
  ]) {
    const same = Buffer.alloc(length, 7);
    const differing = Buffer.from(Array.from({ length }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 13) & 255));
    for (const input of [same, differing]) assert.ok(unsnappy(snappy(input)).equals(input), `${length}`);
  }
});

test("what repeats takes little, what does not takes hardly more than it has", () => {
  const lines = Buffer.from(Array.from({ length: 2000 }, (_, i) => `cpu,host=web${i % 50} value=${i}`).join("\n"));
  assert.ok(snappy(lines).length < lines.length / 2);
  const noise = Buffer.from(Array.from({ length: 10_000 }, (_, i) => (Math.imul(i, 0x9e3779b1) >>> 13) & 255));
  assert.ok(snappy(noise).length <= noise.length + 32);
});
