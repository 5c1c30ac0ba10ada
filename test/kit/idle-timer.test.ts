import assert from "node:assert/strict";
import { test } from "node:test";
import { IdleTimer } from "../../src/kit/idle-timer.ts";
import { StepClock } from "../core/step-clock.ts";
import { keeping } from "./keeping.ts";

function listen(): { clock: StepClock; silence: IdleTimer; silentAt: number[] } {
  const clock = new StepClock();
  const silentAt: number[] = [];
  return { clock, silence: new IdleTimer(keeping(clock), 10, () => silentAt.push(clock.now())), silentAt };
}

test("tells of each span without a sound, from the last one on, and only while it listens", () => {
  const { clock, silence, silentAt } = listen();
  clock.advanceTo(100);
  for (const time of [100, 104, 109]) {
    clock.advanceTo(time);
    silence.heard();
  }
  clock.advanceTo(145);
  silence.stop();
  clock.advanceTo(200);
  assert.deepEqual([silentAt, clock.timers], [[119, 129, 139], 0]);
});

test("a clock that is set, back or forward, does not matter", () => {
  const { clock, silence, silentAt } = listen();
  clock.advanceTo(5000);
  silence.heard();
  clock.offset = -3600;
  clock.advanceTo(5025);
  assert.deepEqual(silentAt, [1410, 1420]);
  silence.heard();
  clock.offset = 3600;
  clock.advanceTo(5034);
  assert.equal(silentAt.length, 2);
  clock.advanceTo(5035);
  assert.equal(silentAt.at(-1), 8635);
});
