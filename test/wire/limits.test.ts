import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { repeatedFields } from "../../bench/repeated-fields.ts";
import { encodeMsg, type WireEvent } from "../../src/wire/codec.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { problemText } from "../../src/wire/decode-problem.ts";
import { queryText } from "../../src/wire/query.ts";
import { validate } from "../../src/wire/validate.ts";
import { rounds, share } from "../rounds.ts";

const tags = (count: number): WireEvent => ({ tags: Array<string>(count).fill("t") });
const attributes = (count: number): WireEvent => ({
  attributes: Array.from({ length: count }, (_, i) => ({ key: `${i % 700}`, value: "v" })),
});
/** Tags of which none stands behind another, and lengths that take two bytes. */
const scattered = (count: number): Buffer => Buffer.alloc(count * 5, Buffer.from([0x3a, 0, 0xba, 0, 0]));
const event = (content: Buffer): Buffer => {
  const header = Buffer.from([
    0x32,
    0x80 | (content.length & 127),
    0x80 | ((content.length >> 7) & 127),
    content.length >> 14,
  ]);
  return Buffer.concat([header, content]);
};

suite("limits of a message", () => {
  const inMessages = [
    ["262144 events", 262_144, (n: number) => Buffer.alloc(n * 2, Buffer.from([0x32, 0]))],
    ["262144 events", 262_144, (n: number) => Buffer.alloc(n * 2, Buffer.from([0x22, 0]))],
    ["262144 attributes", 262_144, (n: number) => split(n, attributes)],
  ] as const;
  const others = [
    ["262144 tags", 262_144, (n: number) => split(n, tags)],
    ["1024 tags in one event", 1024, (n: number) => encodeMsg({ events: [tags(n)] })],
    ["1024 tags in one event", 1024, (n: number) => encodeMsg({ states: [{ tags: Array<string>(n).fill("t") }] })],
    ["1024 tags in one event", 512, (n: number) => event(scattered(n))],
    ["1024 attributes in one event", 1024, (n: number) => encodeMsg({ events: [attributes(n)] })],
  ] as const;
  for (const [what, most, make] of [...share(inMessages, 1, 0), ...others])
    test(`a message has up to ${most} of ${what}, and is refused with one more`, () => {
      assert.match(verdictOn(make(most + 1)), new RegExp(`^has more than ${what}, at byte \\d+: send smaller ones$`));
      assert.equal(verdictOn(make(most)), "taken", "each message is counted for itself");
    });
});

/** Events of 1,000 of something each, as many as it takes for `count` in all. */
function split(count: number, make: (count: number) => WireEvent): Buffer {
  const whole = encodeMsg({ events: [make(1000)] });
  const rest = encodeMsg({ events: [make(count % 1000)] });
  return Buffer.concat([Buffer.alloc(Math.floor(count / 1000) * whole.length, whole), rest]);
}

/** "taken", or why not: what checks and what decodes agree. */
function verdictOn(bytes: Buffer): string {
  const isTaken = validate(bytes, 0, bytes.length) >= 0;
  const checked = isTaken ? "taken" : problemText(0);
  const decoder = new Decoder({ strings: 16, sets: 16 });
  const decoded = decoder.decode(bytes, 0, bytes.length, 0, []) >= 0 ? "taken" : decoder.problem;
  const place = /at byte \d+/;
  assert.equal(decoded.replace(place, ""), checked.replace(place, ""));
  return checked;
}

suite("work of a message", () => {
  // Reads of the bytes, and bytes made into strings: what a parser does too often shows here whatever the machine.
  const SMALL = rounds(2 * 1024);
  for (const { name, make } of repeatedFields())
    test(`${name}: twice the bytes are twice the work at most`, () => {
      const [once, twice] = [make(SMALL), make(2 * SMALL)];
      for (const [what, run] of Object.entries(WORK)) {
        const [less, more] = [workOf(() => run(once)), workOf(() => run(twice))];
        assert.ok(more <= 2.2 * less + 500, `${what}: ${less} reads and then ${more}`);
        assert.ok(more <= 8 * twice.length, `${what}: ${more} reads of ${twice.length} bytes`);
      }
    });
});

const WORK: Readonly<Record<string, (bytes: Buffer) => void>> = {
  check: (bytes) => validate(bytes, 0, bytes.length),
  decode: (bytes) => new Decoder({ strings: 16, sets: 16 }).decode(bytes, 0, bytes.length, 0, []),
  query: (bytes) => {
    if (validate(bytes, 0, bytes.length) >= 0) queryText(bytes, 0, bytes.length);
  },
};

/** How many words are read of any bytes, and how many bytes of them become strings. */
function workOf(run: () => void): number {
  let work = 0;
  const reads = ["getUint8", "getInt32", "getFloat32", "getFloat64"].map((name) =>
    spied(DataView.prototype, name, () => {
      work++;
    }),
  );
  const texts = ["latin1Slice", "utf8Slice"].map((name) =>
    spied(Buffer.prototype, name, (start, end) => {
      work += end - start;
    }),
  );
  try {
    run();
  } finally {
    for (const restore of [...reads, ...texts]) restore();
  }
  return work;
}

/** Has each call of a method of two arguments told to `tell`, until the answer is called. */
function spied(prototype: object, name: string, tell: (first: number, second: number) => void): () => void {
  const original = Object.getOwnPropertyDescriptor(prototype, name);
  assert.ok(original !== undefined && typeof original.value === "function", name);
  const method = original.value;
  Object.defineProperty(prototype, name, {
    ...original,
    value(first: number, second: number) {
      tell(first, second);
      return method.call(this, first, second);
    },
  });
  return () => Object.defineProperty(prototype, name, original);
}
