import assert from "node:assert/strict";
import { test } from "node:test";
import type { Done } from "../../src/text/fd-writer.ts";
import { TextQueue } from "../../src/text/text-queue.ts";

function stuckWriter() {
  const writes: { text: string; done: Done }[] = [];
  return { writes, write: (text: string, done: Done) => void writes.push({ text, done }) };
}

test("what comes while a write is under way goes out together, in order", () => {
  const { writes, write } = stuckWriter();
  const queue = new TextQueue(write, 100);
  for (const text of ["a\n", "b\n", "c\n"]) queue.push(text, () => {});
  assert.deepEqual(
    writes.map(({ text }) => text),
    ["a\n"],
  );
  writes[0]?.done();
  assert.deepEqual(
    writes.map(({ text }) => text),
    ["a\n", "b\nc\n"],
  );
});

test("a chunk that finds no room is not taken, and there is room again after the write", () => {
  const { writes, write } = stuckWriter();
  const queue = new TextQueue(write, 10);
  assert.equal(
    queue.push("12345678", () => {}),
    true,
  );
  assert.equal(
    queue.push("123", () => {}),
    false,
  );
  writes[0]?.done();
  assert.equal(
    queue.push("123", () => {}),
    true,
  );
});

test("a chunk longer than all the room is taken when nothing else is held", () => {
  const { write } = stuckWriter();
  assert.equal(
    new TextQueue(write, 2).push("12345", () => {}),
    true,
  );
});

test("each giver learns of the error of the write its chunk was in", () => {
  const { writes, write } = stuckWriter();
  const queue = new TextQueue(write, 100);
  const told: (string | undefined)[] = [];
  queue.push("a", (error) => told.push(error?.message));
  queue.push("b", (error) => told.push(error?.message));
  writes[0]?.done(new Error("EPIPE"));
  writes[1]?.done();
  assert.deepEqual(told, ["EPIPE", undefined]);
});

test("flush resolves when everything taken is written", async () => {
  const { writes, write } = stuckWriter();
  const queue = new TextQueue(write, 100);
  await queue.flush();
  queue.push("a", () => {});
  queue.push("b", () => {});
  let isFlushed = false;
  const flushed = queue.flush().then(() => {
    isFlushed = true;
  });
  writes[0]?.done();
  await Promise.resolve();
  assert.equal(isFlushed, false);
  writes[1]?.done();
  await flushed;
});
