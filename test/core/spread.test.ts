import assert from "node:assert/strict";
import { test } from "node:test";
import { PARTITIONS, partitionOf, partitionOfBytes, partitionsOf } from "../../src/core/spread.ts";
import fc from "../fast-check.ts";

test("a text has the partition of its bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const bytes = Buffer.from(text);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      assert.equal(partitionOf(text), partitionOfBytes(view, 0, bytes.length));
    }),
  );
});

test("each partition is of one worker, and none has many more than others", () => {
  for (const workers of [1, 2, 3, 8, 64]) {
    const all = Array.from({ length: workers }, (_, worker) => partitionsOf(worker, workers));
    for (let partition = 0; partition < PARTITIONS; partition++)
      assert.equal(all.filter((mine) => mine[partition] === 1).length, 1);
    const sizes = all.map((mine) => mine.filter((is) => is === 1).length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
  }
});

test("similar names fall into all partitions alike", () => {
  const names = ["web-", "db", "host.example.com-", "10.0.0."];
  for (const name of names) {
    const counts = new Array<number>(PARTITIONS).fill(0);
    for (let n = 0; n < 6_400; n++) counts[partitionOf(`${name}${n}`)] = (counts[partitionOf(`${name}${n}`)] ?? 0) + 1;
    assert.ok(Math.max(...counts) < 200 && Math.min(...counts) > 40, `${name}: ${counts}`);
    const few = new Set(Array.from({ length: 8 }, (_, n) => partitionOf(`${name}${n + 1}`) % 2));
    assert.equal(few.size, 2, "eight of them are not all in one of two workers");
  }
});
