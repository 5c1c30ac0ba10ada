import assert from "node:assert/strict";
import { test } from "node:test";
import { SpareMemory } from "../../src/ingest/spare-memory.ts";
import fc from "../fast-check.ts";

const KIB = 1024;

test("a copy stays what it is while it is not given back, whatever is copied and given back meanwhile", () => {
  const sizes = fc.oneof(fc.nat(40 * KIB), fc.constantFrom(0, 16 * KIB, 16 * KIB + 1, 32 * KIB));
  const step = fc.record({ size: sizes, fill: fc.nat(255), givesBack: fc.boolean(), from: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const spare = new SpareMemory();
      const kept: { copy: Buffer; like: Buffer }[] = [];
      for (const { size, fill, givesBack, from } of steps) {
        const like = Buffer.alloc(size, fill);
        kept.push({ copy: spare.copy(like), like });
        // Only a part may be left when it is given back.
        const gone = givesBack ? kept.shift() : undefined;
        if (gone !== undefined) spare.giveBack(gone.copy.subarray(Math.min(from, gone.copy.length)));
        for (const { copy, like } of kept) assert.ok(copy.equals(like));
      }
    }),
  );
});

test("memory that was given back is used for the next copy of about its length", () => {
  const spare = new SpareMemory();
  const first = spare.copy(Buffer.alloc(20 * KIB));
  spare.giveBack(first);
  assert.notEqual(spare.copy(Buffer.alloc(40 * KIB)).buffer, first.buffer);
  assert.equal(spare.copy(Buffer.alloc(30 * KIB)).buffer, first.buffer);
  assert.notEqual(spare.copy(Buffer.alloc(30 * KIB)).buffer, first.buffer, "it is in use");
});

test("memory that is others' too is not used again", (t) => {
  const { poolSize } = Buffer;
  t.after(() => {
    Buffer.poolSize = poolSize;
  });
  Buffer.poolSize = 64 * KIB; // as from Node 24.22 on; the next pool has it
  const spare = new SpareMemory();
  const short = Array.from({ length: 20 }, (_, n) => spare.copy(Buffer.alloc(10 * KIB, n)));
  const gone = short.splice(0, 10);
  for (const copy of gone) spare.giveBack(copy);
  for (let n = 0; n < 10; n++) spare.copy(Buffer.alloc(64 * KIB, 255));
  assert.deepEqual(
    short.map((copy) => copy[0]),
    Array.from({ length: 10 }, (_, n) => n + 10),
  );
});

test("takes no more than twice the length, and keeps 8 MiB at most", () => {
  const spare = new SpareMemory();
  const copies = Array.from({ length: 65 }, () => spare.copy(Buffer.alloc(128 * KIB)));
  assert.deepEqual(new Set(copies.map(({ buffer }) => buffer.byteLength)), new Set([128 * KIB]));
  assert.equal(spare.copy(Buffer.alloc(128 * KIB + 1)).buffer.byteLength, 256 * KIB);
  for (const copy of copies) spare.giveBack(copy);
  const known = new Set(copies.map(({ buffer }) => buffer));
  const again = copies.map((copy) => spare.copy(copy).buffer);
  assert.equal(again.filter((buffer) => known.has(buffer)).length, 64);
});
