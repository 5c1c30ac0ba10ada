import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type SlicedWork, sliceThread, TimeSlices } from "../../src/runtime/time-slice.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { VirtualSlices } from "./virtual-slices.ts";

/** Works `steps` times, 1 ms each. */
function work(name: string, steps: number, seen: string[], thread: VirtualSlices): SlicedWork {
  let left = steps;
  return {
    step(isOver) {
      for (;;) {
        left--;
        thread.seconds += 0.001;
        seen.push(name);
        if (left === 0) return "done";
        if (isOver()) return "more";
      }
    },
  };
}

test("a slice ends after 2 ms; each has one step at once, and is then worked off to its end, the oldest first", () => {
  const thread = new VirtualSlices();
  const slices = new TimeSlices(thread);
  const seen: string[] = [];
  slices.add(work("a", 7, seen, thread));
  slices.add(work("b", 3, seen, thread));
  slices.add(work("c", 1, seen, thread));
  const all: string[] = [];
  while (thread.slice()) {
    all.push(seen.splice(0).join(""));
    if (all.length === 3) slices.add(work("d", 4, seen, thread));
  }
  assert.deepEqual(all, ["aa", "bb", "ca", "dd", "aa", "aa", "bd", "d"]);
});

test("short works share a slice, and what each costs besides counts", () => {
  const thread = new VirtualSlices();
  const slices = new TimeSlices(thread);
  let done = 0;
  for (let n = 0; n < 100; n++) slices.add({ step: () => (++done > 0 ? "done" : "more") });
  const perSlice: number[] = [];
  for (let before = 0; thread.slice(); before = done) perSlice.push(done - before);
  assert.deepEqual(perSlice, [67, 33]); // 30 µs each
});

test("while pipelines have something to do slices get a quarter of the time, otherwise all they want", () => {
  const share = (isLoaded: boolean): number => {
    const thread = new VirtualSlices();
    thread.isLoaded = isLoaded;
    const slices = new TimeSlices(thread);
    for (let n = 0; n < 20; n++) slices.add(work("x", 101, [], thread));
    thread.runAll();
    const rested = thread.rests.reduce((sum, rest) => sum + rest, 0);
    return 1 - rested / thread.seconds;
  };
  assert.equal(share(false), 1);
  assert.ok(share(true) > 0.24 && share(true) < 0.26, `${share(true)}`);
});

test("events that come now and then are events that come: slices get a quarter of the time until 0.1 s after the last", () => {
  /** @param every - Seconds between two events. */
  const share = (every: number): number => {
    const thread = new VirtualSlices();
    let lastEvent = 0;
    const machine = Object.assign(new VirtualClock(), { elapsed: () => thread.seconds });
    const pipelines = { machine, turnEnd: 0 };
    const { isBusy } = sliceThread(pipelines, 0.1);
    const slices = new TimeSlices({
      now: thread.now,
      later: (seconds, run) => thread.later(seconds, run),
      isBusy() {
        if (thread.seconds < lastEvent + every) return isBusy();
        lastEvent = thread.seconds;
        pipelines.turnEnd = thread.seconds + 0.005;
        return isBusy();
      },
    });
    for (let n = 0; n < 20; n++) slices.add(work("x", 101, [], thread));
    thread.runAll();
    return 1 - thread.rests.reduce((sum, rest) => sum + rest, 0) / thread.seconds;
  };
  for (const every of [0.003, 0.02, 0.09])
    assert.ok(share(every) > 0.24 && share(every) < 0.26, `every ${every} s: ${share(every)}`);
  assert.ok(share(1) > 0.8 && share(1) < 0.95, `${share(1)}`);
});

test("one that comes after a rest begins at once, one that comes too early waits", () => {
  const thread = new VirtualSlices();
  thread.isLoaded = true;
  const slices = new TimeSlices(thread);
  slices.add(work("a", 1, [], thread));
  thread.runAll();
  slices.add(work("b", 1, [], thread));
  thread.runAll();
  thread.seconds += 1;
  slices.add(work("c", 1, [], thread));
  const [first = 0, early = 0, late = 0] = thread.rests;
  assert.deepEqual([first, early > 0.003, late], [0, true, 0]);
});

test("in a thread of its own time slices let the event loop have its turn, and busy is who has had a turn", async () => {
  const clock = new VirtualClock();
  const pipelines = { machine: clock, turnEnd: 0 };
  const thread = sliceThread(pipelines);
  assert.equal(thread.isBusy(), false);
  pipelines.turnEnd = 5;
  assert.deepEqual([thread.isBusy(), thread.isBusy()], [true, false]);
  const seen: string[] = [];
  thread.later(0, () => seen.push("slice"));
  await Promise.resolve().then(() => seen.push("promise"));
  await turn();
  await turn();
  thread.later(0.001, () => seen.push("later"));
  assert.deepEqual(seen, ["promise", "slice"]);
  clock.advanceTo(0.001);
  assert.deepEqual(seen, ["promise", "slice", "later"]);
});
