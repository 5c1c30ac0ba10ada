import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../src/host/turns.ts";

test("gives one a turn at a time, in the order in which they ask, and the event loop one between two", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const work = async (name: string): Promise<void> => {
    for (let turn = 0; turn < 2; turn++) {
      await turns.next();
      seen.push(name);
    }
  };
  const between = async (): Promise<void> => {
    for (let at = 0; at < 4; at++) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push("-");
    }
  };
  await Promise.all([work("a"), work("b"), between()]);
  assert.deepEqual(seen, ["a", "-", "b", "-", "a", "-", "b", "-"]);
});

test("begins again after a rest", async () => {
  const turns = new Turns();
  await turns.next();
  await new Promise((resolve) => setImmediate(resolve));
  await turns.next();
});
