import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isSpreadField,
  ownerOf,
  PARTITIONS,
  partitionOf,
  partitionOfBytes,
  partitionsOf,
  spreadFields,
  spreadOfField,
  stateName,
  workerLabel,
} from "../../src/core/spread.ts";
import fc from "../fast-check.ts";
import { anyText } from "../query/any-text.ts";

test("a text has the partition of its bytes", () => {
  fc.assert(
    fc.property(anyText, (any) => {
      const bytes = Buffer.from(any);
      const text = `${bytes}`; // without lone surrogates
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      assert.equal(partitionOf(text), partitionOfBytes(view, 0, bytes.length));
    }),
  );
});

test("pipelines are spread by host, by service, and by one more", () => {
  for (const field of ["host", "service", "state", "description", "attributes.customer", "attributes.a b.c"])
    assert.ok(isSpreadField(field), field);
  for (const other of [
    "",
    "metric",
    "time",
    "tags",
    "attributes",
    "attributes.",
    "attributes.é",
    `attributes.${"x".repeat(101)}`,
    null,
  ])
    assert.ok(!isSpreadField(other), String(other));
  assert.deepEqual(spreadFields("host"), ["host", "service"]);
  assert.deepEqual(spreadFields("service"), ["service", "host"]);
  assert.deepEqual(spreadFields("attributes.zone"), ["attributes.zone", "host", "service"]);
  assert.deepEqual(
    ["all", "host", "service", "state"].map((one) => spreadOfField(one as "state")),
    ["all", "host", "service", "key"],
  );
});

test("a state says by its name whose it is", () => {
  const part = { label: workerLabel(1, 3), partitionKey: "attributes.a 1 of 2" } as const;
  for (const spread of ["all", "host", "service", "key"] as const) {
    const { pipeline, spread: by, label, workers } = ownerOf(stateName("web 1 of 2", spread, part));
    const field = spread === "key" ? part.partitionKey : spread;
    assert.deepEqual([pipeline, by], ["web 1 of 2", field]);
    assert.deepEqual([label, workers], spread === "all" ? ["", 1] : ["2 of 3", 3]);
  }
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
