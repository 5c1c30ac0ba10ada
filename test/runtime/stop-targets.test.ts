import assert from "node:assert/strict";
import { test } from "node:test";
import { stopTargets } from "../../src/runtime/stop-targets.ts";
import { StepClock } from "../core/step-clock.ts";
import { Rig } from "../delivery/target-rig.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a stop that waits for a target says so after a second, and names what waits at its end", async () => {
  const rig = new Rig();
  rig.answer = () => new Promise(() => {});
  await rig.give(1, 2);
  const clock = new StepClock(0);
  const lines: unknown[] = [];
  const line = (message: string, fields?: Record<string, unknown>): void => void lines.push([message, fields]);
  const log = { debug: line, info: line, warn: line, error: line };
  const targets = {
    finish: () => rig.target.finish(),
    reports: () => [
      rig.target.report,
      { target: "fails and spills", pending: 0, spilled: 3, oldest: 0, circuit: "open" as const },
      { target: "spills", pending: 0, spilled: 1, oldest: 0, circuit: "closed" as const },
    ],
    close: () => rig.target.close(),
  };
  const stopped = stopTargets(targets, { clock, log }, 10);
  while (clock.runNext(20)) await settled();
  assert.deepEqual(lines, [
    ["the stop waits for targets: a second signal ends it", { targets: ["t: 2 wait", "spills: 1 wait"], deadline: 9 }],
  ]);
  assert.deepEqual(await stopped, { stuck: ["target t: 2 wait, the oldest for 0 s"], lost: 2 });
});

test("a stop that waits for no target says nothing", async () => {
  const rig = new Rig();
  await rig.give(1);
  const clock = new StepClock(0);
  const lines: string[] = [];
  const log = { warn: (message: string) => lines.push(message) };
  const targets = {
    finish: () => rig.target.finish(),
    reports: () => [rig.target.report],
    close: () => rig.target.close(),
  };
  const stopped = stopTargets(targets, { clock, log }, 10);
  await settled();
  while (clock.runNext(20)) await settled();
  assert.deepEqual([lines, await stopped], [[], { stuck: [], lost: 0 }]);
});
