import assert from "node:assert/strict";
import { test } from "node:test";
import { extentOfRuns, RUN_HEADER, readRunHead, writeRunHead } from "../../src/capture/format.ts";
import fc from "../fast-check.ts";
import { runOf } from "./captured.ts";

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

test("whole runs are found, and what the next one takes", () => {
  const runs = [runOf({ arrival: 5, frames: [["a"]] }), runOf({ arrival: 6, frames: [["b"], ["c"]] })];
  const bytes = Buffer.concat(runs);
  const [first, second] = runs.map(({ length }) => length);
  assert.deepEqual(extentOfRuns(bytes), { end: bytes.length, need: RUN_HEADER });
  assert.deepEqual(extentOfRuns(bytes.subarray(0, -1)), { end: first, need: second });
  assert.deepEqual(extentOfRuns(Buffer.concat([bytes, Buffer.alloc(RUN_HEADER)])), { end: bytes.length, need: 0 });
});
