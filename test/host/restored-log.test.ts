import assert from "node:assert/strict";
import { test } from "node:test";
import { RestoredLog } from "../../src/host/restored-log.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

function setUp() {
  const clock = new VirtualClock();
  const lines: unknown[] = [];
  const info = (message: string, fields?: Record<string, unknown>): void => void lines.push({ message, ...fields });
  const silent = (): void => assert.fail("it is no more than told");
  const restored = new RestoredLog(clock, { debug: silent, info, warn: silent, error: silent });
  return { clock, lines, restored };
}

const message = "pipelines go on with their state of before";

test("what goes on in all workers is told in one line, a second after the first", () => {
  const { clock, lines, restored } = setUp();
  for (const secondsAgo of [2, 5, 3]) restored.add(["a", "b"].map((pipeline) => ({ pipeline, secondsAgo })));
  restored.add([]);
  assert.deepEqual(lines, []);
  clock.advanceTo(1);
  assert.deepEqual(lines, [{ message, pipelines: ["a", "b"], saved_seconds_ago: 5 }]);
  restored.add([{ pipeline: "a", secondsAgo: 1 }]);
  clock.advanceTo(3);
  assert.deepEqual(lines.slice(1), [{ message, pipelines: ["a"], saved_seconds_ago: 1 }]);
});

test("the names of many are cut short, and at a stop it is told at once", () => {
  const { clock, lines, restored } = setUp();
  restored.add(Array.from({ length: 13 }, (_, n) => ({ pipeline: `p${n}`, secondsAgo: n })));
  restored.say();
  restored.say();
  clock.advanceTo(2);
  const pipelines = Array.from({ length: 10 }, (_, n) => `p${n}`);
  assert.deepEqual(lines, [{ message, pipelines, more: 3, saved_seconds_ago: 12 }]);
});
