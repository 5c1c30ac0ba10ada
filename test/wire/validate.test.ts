import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { encodeMsg } from "../../src/wire/codec.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { validate } from "../../src/wire/validate.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { msg, mutated, NOW } from "./messages.ts";

suite("validate", () => {
  test("a message counts its events and states, and tells a query", () => {
    const events = [{ host: "a" }, {}];
    assert.equal(validate(encodeMsg({ events }), 0, encodeMsg({ events }).length), 4);
    const asked = encodeMsg({ events, states: [{}], query: { string: "true" } });
    assert.equal(validate(asked, 0, asked.length), 7);
    assert.equal(validate(Buffer.alloc(0), 0, 0), 0);
  });

  for (const [name, messages, numRuns] of [
    ["any valid message", msg, rounds(250)],
    ["any mutated message", mutated, rounds(250)],
    ["garbage", fc.uint8Array({ maxLength: 100, size: "max" }).map((bytes) => Buffer.from(bytes)), rounds(250)],
  ] as const) {
    test(`${name} is taken or refused as the decoder does`, () => {
      const decoder = new Decoder({ strings: 16, sets: 16 });
      fc.assert(
        fc.property(messages, (bytes) => {
          const events: Event[] = [];
          const outcome = decoder.decode(bytes, 0, bytes.length, NOW, events);
          assert.equal(validate(bytes, 0, bytes.length), outcome < 0 ? -1 : events.length * 2 + outcome);
        }),
        { numRuns },
      );
    });
  }

  test("a message cut anywhere is taken or refused as the decoder does", () => {
    const attributes = [{ key: "key", value: "value" }, { key: "other" }];
    const whole = encodeMsg({
      events: [{ host: "h", time: 1_700_000_000, metric_d: 1, metric_f: 1, tags: ["t"], attributes }],
    });
    const decoder = new Decoder();
    for (let end = 0; end <= whole.length; end++)
      assert.equal(validate(whole, 0, end) < 0, decoder.decode(whole, 0, end, NOW, []) < 0, `cut at ${end}`);
  });
});
