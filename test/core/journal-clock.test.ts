import assert from "node:assert/strict";
import { test } from "node:test";
import { JournalClock } from "../../src/core/journal-clock.ts";

const never = (): boolean => false;

test("it stands still between two records, and timers run at their own times when the next one comes", () => {
  const clock = new JournalClock();
  clock.set({ now: 1000, elapsed: 10 });
  const seen: (readonly number[])[] = [];
  const note = (): void => void seen.push([clock.now(), clock.elapsed()]);
  clock.after(2, note);
  clock.every(1.5, note);
  assert.deepEqual([clock.now(), clock.elapsed(), clock.latest()], [1000, 10, 1060]);
  assert.equal(clock.advance({ now: 1004, elapsed: 14 }, never), true);
  assert.deepEqual(seen, [
    [1001.5, 11.5],
    [1002, 12],
    [1003, 13],
  ]);
  assert.deepEqual([clock.now(), clock.elapsed(), clock.latest()], [1004, 14, 1064]);
});

test("time that is up is gone on with later, and a moment that is over changes nothing", () => {
  const clock = new JournalClock();
  let ran = 0;
  for (const seconds of [1, 2, 3]) clock.after(seconds, () => ran++);
  const moment = { now: 5, elapsed: 5 };
  assert.deepEqual([clock.advance(moment, () => true), ran], [false, 1]);
  assert.deepEqual([clock.advance(moment, never), ran, clock.elapsed()], [true, 3, 5]);
  assert.deepEqual([clock.advance({ now: 1, elapsed: 1 }, never), clock.now(), clock.elapsed()], [true, 5, 5]);
});

test("time that is up among timers of the very moment is gone on with as well", () => {
  const clock = new JournalClock();
  let ran = 0;
  for (let n = 0; n < 3; n++) clock.after(5, () => ran++);
  const moment = { now: 5, elapsed: 5 };
  const came = [1, 2, 3, 4].map(() => [clock.advance(moment, () => ran < 3), ran]);
  assert.deepEqual(came, [
    [false, 1],
    [false, 2],
    [true, 3],
    [true, 3],
  ]);
});

test("time that was no time of service passes without a timer", () => {
  const clock = new JournalClock();
  let ran = 0;
  clock.after(1, () => ran++);
  clock.set({ now: 100, elapsed: 0.5 });
  assert.deepEqual([ran, clock.now(), clock.elapsed()], [0, 100, 0.5]);
  clock.advance({ now: 101, elapsed: 1.5 }, never);
  assert.equal(ran, 1);
});
