import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeMsg, encodeMsg } from "../../src/wire/codec.ts";
import { decodePlainly, encodePlainly, msgType } from "../../src/wire/protobuf.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { msg, mutated } from "./messages.ts";

/** What it gives, or that it throws. */
function outcome(make: () => unknown): unknown {
  try {
    return make();
  } catch {
    return "throws";
  }
}

test("any bytes are decoded, and any message encoded, as by the code that protobufjs generates", () => {
  fc.assert(
    fc.property(fc.oneof(msg, mutated), (bytes) => {
      const decoded = outcome(() => decodeMsg(bytes));
      assert.deepEqual(
        outcome(() => decodePlainly(msgType(), bytes)),
        decoded,
      );
      if (typeof decoded === "object" && decoded !== null)
        assert.deepEqual(Buffer.from(encodePlainly(msgType(), { ...decoded })), encodeMsg(decoded));
    }),
    { numRuns: rounds(150) },
  );
});
