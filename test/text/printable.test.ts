import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "../../src/text/printable.ts";

const code = (at: number): string => `\\u${at.toString(16).padStart(4, "0")}`;

for (const [from, to] of [
  [0x00, 0x08],
  [0x0e, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xfeff, 0xfeff],
] as const)
  test(`shows what cannot be seen from ${code(from)} to ${code(to)} by its number`, () => {
    for (let at = from; at <= to; at++) assert.equal(printable(`a${String.fromCharCode(at)}b`), `a${code(at)}b`);
  });

test("leaves what can be seen as it is", () => {
  assert.equal(printable("köpie ✓ 日本 ‐ “q” …"), "köpie ✓ 日本 ‐ “q” …");
});
