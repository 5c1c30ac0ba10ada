import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { partitionOf, type SpreadField } from "../../src/core/spread.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { EventPartitions } from "../../src/wire/event-partitions.ts";
import { validate } from "../../src/wire/validate.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { textAt } from "../runtime/shared-out.ts";
import { msg, mutated, NOW } from "./messages.ts";

const SMALL = { strings: 16, sets: 16 };

/** The partitions of each event, by what the decoder makes of the message; `null`: it is malformed. */
function partitionsIn(bytes: Buffer, key: SpreadField): readonly number[] | null {
  const events: Event[] = [];
  if (new Decoder(SMALL).decode(bytes, 0, bytes.length, NOW, events) < 0) return null;
  return events.flatMap((event) => {
    const fields: readonly SpreadField[] = key === "host" ? ["host", "service"] : ["host", "service", key];
    return fields.map((field) => partitionOf(textAt(field, event)));
  });
}

const partitionKey = fc.constantFrom<SpreadField>(
  "host",
  "state",
  "description",
  ...["ok", "web-1", "disk /var", "__proto__"].map((name): SpreadField => `attributes.${name}`),
);

for (const [name, messages] of [
  ["any valid message", msg],
  ["any mutated message", mutated],
] as const)
  test(`the listener finds the partitions that the texts of host, service and partition key have: ${name}`, () => {
    fc.assert(
      fc.property(messages, messages, partitionKey, (one, other, key) => {
        const partitions = new EventPartitions(key);
        for (const bytes of [one, other]) validate(bytes, 0, bytes.length, partitions);
        assert.deepEqual(
          [...partitions.bytes.subarray(0, partitions.length)],
          [one, other].flatMap((bytes) => partitionsIn(bytes, key) ?? []),
        );
      }),
      { numRuns: rounds(400) },
    );
  });

test("a decoder that is told which events are wanted makes these, as if it made all", () => {
  fc.assert(
    fc.property(msg, fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), (bytes, wanted) => {
      const [all, some]: [Event[], Event[]] = [[], []];
      new Decoder(SMALL).decode(bytes, 0, bytes.length, NOW, all);
      let asked = 0;
      const next = (): boolean => wanted[asked++ % wanted.length] === true;
      new Decoder(SMALL).decode(bytes, 0, bytes.length, NOW, some, { next });
      assert.equal(asked, all.length);
      const texts = (events: readonly Event[]): string[] => events.map((one) => JSON.stringify(one));
      assert.deepEqual(texts(some), texts(all.filter((_, at) => wanted[at % wanted.length])));
    }),
    { numRuns: rounds(150) },
  );
});

test("there is room for the partitions of any number of events", () => {
  const partitions = new EventPartitions();
  const view = new DataView(new ArrayBuffer(8));
  for (let n = 0; n < 10_000; n++) partitions.add(view, 0, 0, 0, 0, 0, 0);
  assert.equal(partitions.length, 10_000 * 2);
  assert.ok(partitions.bytes.length >= partitions.length);
});
