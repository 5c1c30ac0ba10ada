import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { MistimedEvents } from "../../src/runtime/mistimed-events.ts";
import { VirtualClock } from "../../src/testing/index.ts";

test("who is ahead is logged once an episode, with the host and service, and all are counted", () => {
  const clock = new VirtualClock(1000);
  const lines: unknown[] = [];
  const log = {
    debug: () => {},
    info: () => {},
    error: () => {},
    warn: (_: string, fields = {}) => lines.push(fields),
  };
  const mistimed = new MistimedEvents("on", clock, log);
  const come = (second: number, ...times: number[]): void => {
    clock.advanceTo(second);
    clock.now();
    mistimed.begin();
    const batch = times.map((time, n) => event({ host: "a", service: `s${n}`, time: time }));
    for (const { time } of batch) if (time >= mistimed.times.plainBefore) mistimed.times.seconds(time);
    mistimed.decoded(batch);
  };
  come(1000, 1000, 1060);
  assert.deepEqual([lines, mistimed.take()], [[], null]);
  come(1001, 1001, 5001.2, 5001);
  come(1059, 5000);
  come(1118, 5000);
  assert.deepEqual(lines, [{ host: "a", service: "s1", seconds: 4000 }]);
  assert.deepEqual([mistimed.take(), mistimed.take()], [{ timeUnit: 0, ahead: 4 }, null]);
  come(1178, 9000);
  assert.equal(lines.length, 2, "another episode");
  assert.deepEqual(
    [mistimed.take(), mistimed.report],
    [
      { timeUnit: 0, ahead: 1 },
      { timeUnit: 0, ahead: 5 },
    ],
  );
});
