import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { ActiveSilences } from "../../src/silences/active-silences.ts";
import type { Silence } from "../../src/silences/silence.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { StepClock } from "../core/step-clock.ts";

const silence = (query: string, from: number, until: number): Silence => ({
  id: `${query} ${from}`,
  query,
  from,
  until,
  why: "",
  who: "",
});
const on = (host: string) => event({ host, time: 0 });

function passTo(clock: VirtualClock, second: number): void {
  while (clock.runNext(second));
}

test("a silence covers what its query matches, from its beginning up to its end", () => {
  const clock = new VirtualClock();
  const silences = new ActiveSilences(clock);
  silences.replace([silence('host = "a"', 100, 300), silence('host = "b"', 0, 200)]);
  const seen: string[] = [];
  for (const second of [0, 99, 100, 199, 200, 299, 300]) {
    passTo(clock, second);
    seen.push(`${second}: ${["a", "b", "c"].filter((host) => silences.covers(on(host)))}`);
  }
  assert.deepEqual(seen, ["0: b", "99: b", "100: a,b", "199: a,b", "200: a", "299: a", "300: "]);
  assert.equal(clock.timers, 0, "nothing is left to wait for");
});

test("listeners hear of each beginning and end, of new ones and of those that are taken away, and of nothing else", () => {
  const clock = new VirtualClock();
  const silences = new ActiveSilences(clock);
  const heard: number[] = [];
  const cancel = silences.onChange(() => heard.push(clock.now()));
  silences.replace([silence('host = "a"', 1000, 3000)]);
  passTo(clock, 2000);
  silences.add(silence('host = "b"', 5000, 6000));
  silences.replace([silence('host = "a"', 1000, 3000)]);
  passTo(clock, 2500);
  silences.replace([]);
  assert.deepEqual(heard, [1000, 2500]);
  cancel();
  silences.replace([silence("true", 0, 9000)]);
  assert.deepEqual(heard, [1000, 2500]);
});

test("a clock that is set is noticed within a minute", () => {
  const clock = new StepClock();
  const silences = new ActiveSilences(clock);
  silences.replace([silence("true", 0, 7200)]);
  clock.offset = 7200;
  passTo(clock, 60);
  assert.equal(silences.covers(on("a")), false);
});
