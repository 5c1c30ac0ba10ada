import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeSlice } from "../../src/runtime/time-slice.ts";

test("gives one a turn at a time, in the order in which they ask, and the event loop one between two", async () => {
  const timeSlice = new TimeSlice();
  const seen: string[] = [];
  const work = async (name: string): Promise<void> => {
    for (let turn = 0; turn < 2; turn++) {
      await timeSlice.next();
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
  const timeSlice = new TimeSlice();
  await timeSlice.next();
  await new Promise((resolve) => setImmediate(resolve));
  await timeSlice.next();
});
