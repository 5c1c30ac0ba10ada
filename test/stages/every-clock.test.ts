import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Event, event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { StepClock } from "../core/step-clock.ts";
import { share } from "../rounds.ts";
import { trial } from "./trial.ts";
import { USES } from "./uses.ts";

/*
 * One event from the future, and a clock that is set: two services of a host send an event a second for 200 seconds,
 * then they are silent. Every stage there is has to give what it gives when nothing went wrong.
 */
const SENDING = 200;
const SILENT = 300;
const WRONG_AT = 30;
/** What went wrong at 30 s is over: a minute that events may be ahead, and the longest interval of the stages. */
const SETTLED = 140;

/** By multiples of the lengths of all windows, so that these begin as they did. */
const STEPS: readonly Wrong[] = [3600, -3600, 120, -120].flatMap((step) =>
  [2, SENDING].flatMap((lasting) => [true, false].map((isTheirsToo) => ({ step, lasting, isTheirsToo }))),
);
/** Set forward for good, and nobody else's is: all events are old from then on. */
const isOurFault = ({ step = 0, lasting, isTheirsToo }: Wrong): boolean =>
  step > 0 && lasting === SENDING && isTheirsToo === false;
const WRONG_STEPS = STEPS.filter((one) => !isOurFault(one));

interface Wrong {
  /** Added to the times of the events of that second. */
  readonly ahead?: number;
  /** What the clock is put forward, or back, … */
  readonly step?: number;
  /** … for so long. */
  readonly lasting?: number;
  /** Whether the senders' clocks are set with ours. */
  readonly isTheirsToo?: boolean;
}

/** What the clock is put forward in that second. */
const offsetAt = (second: number, { step = 0, lasting = 0 }: Wrong): number =>
  second >= WRONG_AT && second < WRONG_AT + lasting ? step : 0;

const SENT = new Map<string, readonly (readonly Event[])[]>();

/** What the two send, second by second; made once, for all stages. Each event says in its attributes which it is. */
function sent(wrong: Wrong): readonly (readonly Event[])[] {
  const { ahead = 0, step, lasting, isTheirsToo = false } = wrong;
  const key = `${ahead} ${isTheirsToo ? [step, lasting] : ""}`;
  let made = SENT.get(key);
  if (made === undefined) {
    made = Array.from({ length: SENDING }, (_, second) =>
      eventsOf(second + (isTheirsToo ? offsetAt(second, wrong) : 0) + (second === WRONG_AT ? ahead : 0), second),
    );
    SENT.set(key, made);
  }
  return made;
}

const EVENTS = new Map<string, readonly Event[]>();

function eventsOf(time: number, second: number): readonly Event[] {
  const key = `${time} ${second}`;
  const made = EVENTS.get(key) ?? makeEvents(time, second);
  EVENTS.set(key, made);
  return made;
}

function makeEvents(time: number, second: number): readonly Event[] {
  const state = second % 50 < 40 ? "ok" : "critical";
  const fields = { host: "a", state, metric: second % 7, time, attributes: { n: `${second}` } };
  return [event({ ...fields, service: "x", ttl: 10 }), event({ ...fields, service: "y" })];
}

/** What comes out, and when. */
function played(stages: AnyStages, wrong: Wrong) {
  const clock = new StepClock();
  const run = trial(stages, clock);
  for (const [second, events] of sent(wrong).entries()) {
    run.advanceTo(second);
    clock.offset = offsetAt(second, wrong);
    clock.now();
    run.offer(events);
  }
  run.advanceTo(SENDING + SILENT);
  run.end();
  return run.out;
}

const RIGHT = new Map<string, ReturnType<typeof played>>();

/** What a use of {@link USES} gives when nothing goes wrong. */
function right(name: string, stages: AnyStages): ReturnType<typeof played> {
  const out = RIGHT.get(name) ?? played(stages, {});
  RIGHT.set(name, out);
  return out;
}

/** Stages that show or compare the times themselves. */
const SHOWS_TIMES = /^(clockSkew|ddt|sort)\b/;

describe("an event that is too far ahead counts as now", () => {
  let turn = 0;
  for (const [name, make] of USES) {
    const tried = SHOWS_TIMES.test(name) ? [] : share([60.5, 3600.5, 1.8e12], 3, turn++);
    if (tried.length > 0)
      test(name, () => {
        const stages = make();
        const awaited = texts(right(name, stages), 0);
        for (const ahead of tried) assertSame(texts(played(stages, { ahead }), ahead), awaited, `${ahead} s ahead`);
      });
  }
});

/** As text, with the time of an event that was ahead replaced by that at which it came. */
function texts(out: ReturnType<typeof played>, ahead: number): string[] {
  const [shown, right] = [`"time":${WRONG_AT + ahead},`, `"time":${WRONG_AT},`];
  return out.map(({ at, value }) => `${at} ${textOf(value).replaceAll(shown, right)}`);
}

const TEXTS = new WeakMap<object, string>();

/** As JSON; the text of an event is made once, as windows show it again and again. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf)}]`;
  if (!(value instanceof Event)) return JSON.stringify(value);
  const text = TEXTS.get(value) ?? JSON.stringify(value);
  TEXTS.set(value, text);
  return text;
}

describe("a clock that is set silences nothing, and lets nothing go on for ever", () => {
  let turn = 0;
  for (const [name, make] of USES) {
    const stages = make();
    if (stages[0]?.name === "ticking") continue; // its events have times of their own, far from the clock's
    const tried = share(WRONG_STEPS, 5, turn++);
    if (tried.length === 0) continue;
    test(name, () => {
      const awaited = settled(right(name, stages));
      for (const wrong of tried) assertClose(settled(played(stages, wrong)), awaited, JSON.stringify(wrong));
    });
  }
});

/** How many events came out in each ten seconds since all was well again. */
function settled(out: ReturnType<typeof played>): number[] {
  const counts = Array<number>((SENDING + SILENT - SETTLED) / 10 + 1).fill(0);
  for (const { at, value } of out) {
    const ten = Math.floor((at - SETTLED) / 10);
    if (ten >= 0) counts[ten] = (counts[ten] ?? 0) + (Array.isArray(value) ? value.length : 1);
  }
  return counts;
}

/** A second more or less for what was looked at when the clock was set, and windows that are full with other events. */
const SLACK = 2;

function assertClose(actual: readonly number[], expected: readonly number[], what: string): void {
  const at = actual.findIndex((count, ten) => Math.abs(count - (expected[ten] ?? 0)) > SLACK);
  const from = SETTLED + at * 10;
  assert.ok(at < 0, `${what}: ${actual[at]} events from second ${from} on, expected ${expected[at]}`);
}

/** As `deepEqual`, with only the first difference in the message. */
function assertSame(actual: readonly string[], expected: readonly string[], what: string): void {
  const at = actual.findIndex((text, n) => text !== expected[n]);
  if (at >= 0 || actual.length < expected.length)
    assert.fail(`${what}: ${at < 0 ? "nothing" : actual[at]}, expected ${expected[at < 0 ? actual.length : at]}`);
}
