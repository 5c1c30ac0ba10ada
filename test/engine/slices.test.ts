import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, event } from "../../src/core/event.ts";
import { JournalClock } from "../../src/core/journal-clock.ts";
import { type AnyStages, pipeline } from "../../src/core/pipeline.ts";
import { nowhere, type Stages, stage } from "../../src/core/stage.ts";
import { NO_TARGETS } from "../../src/delivery/no-targets.ts";
import { newThread } from "../../src/engine/new-thread.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import { EventIndex } from "../../src/kit/event-index.ts";
import { by, fixedTimeWindow, index, percentiles, rate } from "../../src/stages/index.ts";
import { recordingLog } from "../../src/testing/virtual-thread.ts";
import { share } from "../rounds.ts";
import { rig } from "./rig.ts";

const HOSTS = 200;

/** All of these have something that is due for many keys at once. */
const ROUTES: Readonly<Record<string, AnyStages>> = {
  rates: [by("host", [rate(5)])],
  idle: [by("host", [percentiles(3, [0.5])], { ttl: 8 })],
  windows: [fixedTimeWindow(5, { flush: "clock" })],
  index: [index({ interval: 5 })],
};

/**
 * What comes out of all of them, in its order, when each turn of timers has time for so many calls: events come at
 * seconds 0 to 3 and 20, of some hosts twice.
 */
function played(callsPerTurn: number): string[] {
  const out: string[] = [];
  const clock = new JournalClock();
  const expired: Event[] = [];
  const later: (() => void)[] = [];
  const send = (value: unknown): null => {
    if (value instanceof Event) expired.push(value);
    return null;
  };
  const thread = newThread({
    ...{ clock, log: recordingLog([]), index: new EventIndex(), targets: NO_TARGETS },
    later: (work) => void later.push(work),
    outlet: ({ kind }) => (kind === "index" ? send : nowhere),
  });
  const all = Object.entries(ROUTES).map(([name, stages]) => {
    const supervisor = new Supervisor(pipeline(name, stages as Stages), thread);
    supervisor.output = (value) => out.push(`${clock.elapsed()} ${name} ${JSON.stringify(value)}`);
    supervisor.start();
    return supervisor;
  });
  let calls = 0;
  for (let second = 0; second <= 60; second++) {
    while (!clock.advance({ now: second, elapsed: second }, () => ++calls % callsPerTurn === 0))
      for (const work of later.splice(0)) work();
    const batch = expired.splice(0).concat(second < 4 || second === 20 ? sent(second) : []);
    out.push(...batch.map((one) => `in ${JSON.stringify(one)}`));
    for (const one of all) one.offer(batch);
    for (const work of later.splice(0)) work();
  }
  return out;
}

const sent = (time: number): Event[] =>
  Array.from({ length: HOSTS }, (_, n) => n)
    .filter((n) => time < 4 || n % 3 === 0)
    .map((n) => event({ host: `h${n}`, service: "s", metric: n, time, ttl: 4 + (n % 5) }));

test("what is due for many keys gives the same in slices of any length, in the same order", () => {
  const whole = played(Number.POSITIVE_INFINITY);
  for (const name of ["rates", "idle", "windows", "index"])
    assert.ok(
      whole.some((line) => line.includes(` ${name} `)),
      name,
    );
  assert.ok(whole.filter((line) => line.includes('"expired"')).length > HOSTS);
  for (const calls of [7, ...share([1, 2, 3, 100], 1, 0)])
    assert.deepEqual(played(calls), whole, `${calls} calls a turn`);
});

test("an alarm that works in steps is done before what was to ring after it", async () => {
  const rang: string[] = [];
  const steps = stage("steps", ({ alarm, clock }) => {
    let left = 3;
    const long = alarm((at) => {
      rang.push(`step ${clock.now()}`);
      if (--left > 0) long.again(at);
    });
    const next = alarm(() => rang.push(`next ${clock.now()}`));
    long.set(clock.now() + 5);
    next.set(clock.now() + 5);
    return () => {};
  });
  const { clock, wait } = rig([steps]);
  const end = clock.now() + 5;
  await wait(10);
  assert.deepEqual(rang, [`step ${end}`, `step ${end}`, `step ${end}`, `next ${end}`]);
});
