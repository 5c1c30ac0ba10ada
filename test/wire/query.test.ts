import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeMsg, encodeMsg } from "../../src/wire/codec.ts";
import { queryText } from "../../src/wire/query.ts";
import { validate } from "../../src/wire/validate.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { character, msg, mutated } from "./messages.ts";

const textOf = (bytes: Buffer): string => queryText(bytes, 0, bytes.length);

test("a query's text is what was asked, whatever is around it", () => {
  fc.assert(
    fc.property(fc.string({ unit: character }), msg, (string, other) => {
      const asked = encodeMsg({ events: [{ host: "a" }], query: { string } });
      assert.equal(textOf(asked), string);
      const [before, behind] = [Buffer.concat([other, asked]), Buffer.concat([asked, other])];
      assert.equal(textOf(before), string);
      if (decodeMsg(other).query === undefined) assert.equal(textOf(behind), string);
      assert.equal(queryText(Buffer.concat([behind, before]), behind.length, behind.length + before.length), string);
    }),
  );
});

test("a query without a string asks nothing", () => {
  assert.equal(textOf(encodeMsg({ query: {} })), "");
  assert.equal(textOf(encodeMsg({ query: { string: "" } })), "");
  assert.equal(textOf(encodeMsg({ events: [{ host: "a" }] })), "");
});

test("of two queries the last string counts", () => {
  const queries = [{ string: "one" }, { string: "two" }, {}].map((query) => encodeMsg({ query }));
  assert.equal(textOf(Buffer.concat(queries)), "two");
});

for (const [name, messages] of [
  ["any valid message", msg],
  ["any mutated message", mutated],
  ["garbage", fc.uint8Array({ maxLength: 60, size: "max" }).map((bytes) => Buffer.from(bytes))],
] as const) {
  test(`${name} that is taken never throws, and gives what protobufjs finds`, () => {
    fc.assert(
      fc.property(messages, (bytes) => {
        if (validate(bytes, 0, bytes.length) < 0) return;
        const found = textOf(bytes);
        // Of several queries protobufjs takes the last, where protobuf merges them: a string before is kept.
        const last = decodeMsg(bytes).query?.string;
        if (last !== undefined) assert.equal(found, last);
      }),
      { numRuns: rounds(200) },
    );
  });
}
