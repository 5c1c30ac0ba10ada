import assert from "node:assert/strict";
import { test } from "node:test";
import { RUN_HEADER, readRunHead, runsWithin, writeRunHead } from "../../src/capture/format.ts";
import fc from "../fast-check.ts";

test("what is written of a run is read again, its codec too", () => {
  const head = fc.record(
    {
      length: fc.integer({ min: 2 ** 26, max: 2 ** 32 - 1 }),
      codec: fc.nat(255),
      frames: fc.integer({ min: 1, max: 2 ** 24 - 1 }),
      arrival: fc.integer({ min: 1, max: 2 ** 31 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(head, (run) => {
      const bytes = Buffer.alloc(RUN_HEADER);
      writeRunHead(bytes, 0, run);
      assert.deepEqual(readRunHead(bytes, 0), run);
    }),
  );
});

test("a run of a capture from before codecs were told apart is Riemann's", () => {
  const bytes = Buffer.alloc(RUN_HEADER + 8);
  bytes.writeUInt32BE(8, 0);
  bytes.writeUInt32BE(2, 4);
  bytes.writeDoubleBE(5, 8);
  assert.deepEqual(readRunHead(bytes, 0), { length: 8, codec: 0, frames: 2, arrival: 5 });
});

test("frames are counted without the codec", () => {
  const bytes = Buffer.alloc(RUN_HEADER + 8);
  writeRunHead(bytes, 0, { length: 8, codec: 3, frames: 2, arrival: 5 });
  assert.deepEqual(runsWithin(bytes, 0, bytes.length), { next: bytes.length, frames: 2 });
});
