import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswer } from "../../src/wire/answer.ts";
import { decodeMsg, encodeMsg, type WireMsg } from "../../src/wire/codec.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { character, msg, mutated } from "./messages.ts";

function decoded(bytes: Buffer): WireMsg | null {
  try {
    return decodeMsg(bytes);
  } catch {
    return null;
  }
}

const answer = fc
  .record({ ok: fc.boolean(), error: fc.string({ unit: character }) }, { requiredKeys: [] })
  .map((fields) => encodeMsg(fields));

test("an answer is what protobufjs reads of it, whatever is around it", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(answer, msg, mutated), { maxLength: 3 }), (messages) => {
      const bytes = Buffer.concat(messages);
      const expected = decoded(bytes);
      if (expected !== null)
        assert.deepEqual(readAnswer(bytes), { ok: expected.ok ?? false, error: expected.error ?? "" });
    }),
    { numRuns: rounds(300) },
  );
});

test("what is no message is no answer", () => {
  for (const bytes of [[0x10], [0x1a, 5, 65], [0x07], [0x00, 1]]) assert.equal(readAnswer(Buffer.from(bytes)), null);
  assert.deepEqual(readAnswer(Buffer.alloc(0)), { ok: false, error: "" });
});
