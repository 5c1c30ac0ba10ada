import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { acks } from "../../src/wire/acks.ts";
import { ACK } from "../../src/wire/frames.ts";

suite("acks", () => {
  for (const count of [0, 1, 2, 1024, 1025, 3000]) {
    test(`${count} acks are the ack ${count} times`, () => {
      assert.deepStrictEqual(acks(count), Buffer.concat(new Array(count).fill(ACK)));
    });
  }

  test("acks asked for again are the same bytes", () => {
    assert.equal(acks(16), acks(16));
    assert.equal(acks(16).buffer, acks(17).buffer);
  });
});
