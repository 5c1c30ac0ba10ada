import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { LaterWork } from "../../src/runtime/later-work.ts";
import { TURN_SECONDS } from "../../src/runtime/turn.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** A thread's put-off work; each takes `seconds` and says its number. */
function putOff(seconds: number) {
  const machine = new VirtualClock();
  const later = new LaterWork(() => thread);
  const thread = { machine, turnEnd: 0 };
  const done: number[] = [];
  const add = (n: number, more = () => {}): void =>
    later.add(() => {
      done.push(n);
      machine.advanceTo(machine.elapsed() + seconds);
      more();
    });
  return { add, done };
}

test("what is put off shares a turn, in its order; what has no time in it waits for the next", async () => {
  const { add, done } = putOff(TURN_SECONDS * 0.4);
  for (let n = 1; n <= 7; n++) add(n);
  assert.deepEqual(done, []);
  for (const turns of [[1, 2, 3], [4, 5, 6], [7]]) {
    await turn();
    assert.deepEqual(done.splice(0), turns);
  }
});

test("what it puts off itself waits for the next turn", async () => {
  const { add, done } = putOff(0);
  add(1, () => add(3));
  add(2);
  await turn();
  assert.deepEqual(done, [1, 2]);
  await turn();
  assert.deepEqual(done, [1, 2, 3]);
});

test("what throws does not keep others from their turn, and is told to who put it off", async () => {
  const { add, done } = putOff(0);
  const thrown: unknown[] = [];
  const hear = (error: unknown): void => void thrown.push(error);
  const [listeners, failure] = [process.listeners("uncaughtException"), new Error("first")];
  process.removeAllListeners("uncaughtException").on("uncaughtException", hear);
  add(1, () => {
    throw failure;
  });
  add(2);
  await turn();
  await turn();
  process.removeAllListeners("uncaughtException");
  for (const listener of listeners) process.on("uncaughtException", listener);
  assert.deepEqual([done, thrown], [[1, 2], [failure]]);
});
