import assert from "node:assert/strict";
import { test } from "node:test";
import { JournalClock } from "../../src/core/journal-clock.ts";
import type { Supervisor } from "../../src/engine/supervisor.ts";
import { JournalTime } from "../../src/host/journal-time.ts";

test("time goes on once pipelines have dealt with what came before, and what waits for that is called between two moments", () => {
  const clock = new JournalClock();
  let isBehind = true;
  const time = new JournalTime({ clock, supervisors: () => [{ isBehind } as unknown as Supervisor] });
  const seen: string[] = [];
  for (const name of ["one", "other"]) clock.after(1, () => void seen.push(name));
  time.atRest(() => void seen.push("rest"));
  assert.equal(
    time.isReady(() => false),
    true,
    "nothing has come",
  );
  time.comes({ now: 2, elapsed: 2 });
  assert.deepEqual([time.isReady(() => false), seen], [false, []]);
  isBehind = false;
  assert.deepEqual([time.isReady(() => true), seen], [false, ["rest", "one"]]);
  time.atRest(() => void seen.push("late"));
  assert.deepEqual([time.isReady(() => false), seen, clock.elapsed()], [true, ["rest", "one", "other"], 2]);
  time.comes({ now: 3, elapsed: 3 });
  assert.deepEqual([time.isReady(() => false), seen.at(-1)], [true, "late"]);
});
