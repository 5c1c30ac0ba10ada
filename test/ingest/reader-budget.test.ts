import assert from "node:assert/strict";
import { test } from "node:test";
import { ReaderBudget } from "../../src/ingest/reader-budget.ts";

const MIB = 1024 * 1024;

test("100 may ask at a time, whoever they are", () => {
  const budget = new ReaderBudget();
  for (let n = 0; n < 100; n++) assert.equal(budget.ask(), true);
  assert.equal(budget.ask(), false);
  budget.answered();
  assert.deepEqual([budget.ask(), budget.ask()], [true, false]);
});

test("256 MiB may wait for readers, and short answers beyond that", () => {
  const budget = new ReaderBudget();
  const long = Array.from({ length: 4 }, () => new ArrayBuffer(64 * MIB));
  for (const memory of long) assert.equal(budget.hold(memory), true);
  assert.deepEqual(
    [budget.hold(new ArrayBuffer(64 * 1024 + 1)), budget.hold(new ArrayBuffer(64 * 1024))],
    [false, true],
  );
  budget.release(long[0] ?? new ArrayBuffer(0));
  assert.equal(budget.hold(new ArrayBuffer(63 * MIB)), true);
});

test("pieces of a stream are not short answers", () => {
  const budget = new ReaderBudget();
  assert.equal(budget.hold(new ArrayBuffer(256 * MIB)), true);
  assert.deepEqual([budget.holdPiece(new ArrayBuffer(1)), budget.hold(new ArrayBuffer(1))], [false, true]);
});

test("what several wait for counts once, until the last one has read it", () => {
  const budget = new ReaderBudget();
  const shared = new ArrayBuffer(256 * MIB);
  for (let n = 0; n < 300; n++) assert.equal(budget.hold(shared), true);
  const other = new ArrayBuffer(MIB);
  for (let n = 0; n < 299; n++) budget.release(shared);
  assert.equal(budget.hold(other), false);
  budget.release(shared);
  assert.equal(budget.hold(other), true);
  budget.release(shared); // once too often
  assert.equal(budget.hold(shared), false);
});
