import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { event } from "../../src/core/event.ts";
import type { Tapped } from "../../src/runtime/report.ts";
import { TapSubscribers } from "../../src/runtime/tap-subscribers.ts";
import { Taps } from "../../src/runtime/taps.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const KIB = 1024;
const at = (metric: number) => event({ metric, time: 1 });
/** The metrics of the lines, and how many are said to be missed. */
function read(lines: string): { metrics: number[]; missed: number } {
  const all = lines.trimEnd().split("\n");
  const values = all.filter((line) => line !== "").map((line) => JSON.parse(line));
  return {
    metrics: values.flatMap((value) => ("missed" in value ? [] : [value.metric])),
    missed: values.reduce((sum, { missed = 0 }) => sum + missed, 0),
  };
}

/** Taps whose shows are kept; each is over at once, unless `more` is to be called for it. */
function setUp(isHeldUp = false) {
  const clock = new VirtualClock();
  const shown: Tapped[][] = [];
  let more = (): void => {};
  const taps = new Taps((tapped) => {
    shown.push([...tapped]);
    return isHeldUp
      ? new Promise((resolve) => {
          more = resolve;
        })
      : Promise.resolve();
  }, clock);
  const advance = async (seconds: number): Promise<void> => {
    await turn();
    clock.advanceTo(clock.now() + seconds);
    await turn();
  };
  return { clock, shown, taps, advance, more: () => more() };
}

test("a tap shows what comes by while somebody listens to it, a turn's events together", async () => {
  const { shown, taps, advance } = setUp();
  const [a, b] = [taps.outlet("a"), taps.outlet("b")];
  a(at(1));
  taps.listen(["a"], 256 * KIB);
  a(at(2));
  b(at(3));
  a([at(4), at(5)]);
  await turn();
  taps.listen([], 256 * KIB);
  a(at(6));
  await advance(1);
  assert.deepEqual(
    shown.map((tapped) => tapped.map(({ tap, lines, events }) => [tap, read(lines), events])),
    [[["a", { metrics: [2, 4, 5], missed: 0 }, 3]]],
  );
});

test("between two shows it waits for 50 ms, and writes as many characters as the listeners may have; the others are counted", async () => {
  const { shown, taps, advance } = setUp();
  const a = taps.outlet("a");
  taps.listen(["a"], 10 * KIB);
  let sent = 0;
  for (let batch = 0; batch < 100; batch++) {
    for (let n = 0; n < 1000; n++) assert.equal(a(at(sent++)), null);
    await advance(0.001);
  }
  await advance(0.05);
  assert.ok(shown.length >= 3 && shown.length <= 4, `${shown.length} shows in 0.1 s`);
  const lengths = shown.flat().map(({ lines }) => lines.length);
  for (const length of lengths) assert.ok(length > 10 * KIB && length < 11 * KIB, `${length}`);
  const told = shown.flat().map(({ lines }) => read(lines));
  assert.equal(
    told.reduce((sum, { metrics, missed }) => sum + metrics.length + missed, 0),
    sent,
  );
  assert.deepEqual(
    shown.flat().map(({ events }) => events),
    told.map(({ metrics, missed }) => metrics.length + missed),
  );
});

test("while nobody takes more it shows nothing", async () => {
  const { shown, taps, advance, more } = setUp(true);
  const a = taps.outlet("a");
  taps.listen(["a"], 256 * KIB);
  for (let n = 0; n < 10; n++) {
    a(at(n));
    await advance(1);
  }
  assert.equal(shown.length, 1);
  more();
  await advance(1);
  assert.deepEqual(read(shown[1]?.[0]?.lines ?? "").metrics, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("what nobody hears any more is not shown to the next one; two stages of a name are one tap, also new ones", async () => {
  const { shown, taps, advance } = setUp();
  const a = taps.outlet("a");
  taps.listen(["a"], 256 * KIB);
  a(at(1));
  await turn();
  a(at(2));
  taps.listen([], 0);
  taps.listen(["a"], 256 * KIB);
  taps.outlet("a")(at(3));
  await advance(0.1);
  assert.deepEqual(
    shown.flat().map(({ lines }) => read(lines).metrics),
    [[1], [3]],
  );
});

test("an event that cannot be written is missed, and its pipeline none the worse", async () => {
  const { shown, taps } = setUp();
  taps.listen(["a"], 256 * KIB);
  const attributes = {
    get bad(): string {
      throw new Error("no");
    },
  };
  taps.outlet("a")(event({ time: 1, attributes }));
  await turn();
  assert.deepEqual(shown, [[{ tap: "a", lines: '{"missed":1}\n', events: 1 }]]);
});

/** Subscribers, what threads are told, and what listeners hear. */
function subscribing() {
  const clock = new VirtualClock();
  const told: (readonly string[])[] = [];
  const capacities: number[] = [];
  const subscribers = new TapSubscribers((taps, capacity) => {
    told.push(taps);
    capacities.push(capacity);
  }, clock);
  const heard: string[] = [];
  const listen = (tap: string, name: string) =>
    subscribers.add(tap, (lines, events, ready) => {
      heard.push(`${name}: ${Buffer.from(lines)} ${events}`);
      ready();
    });
  return { clock, subscribers, told, capacities, heard, listen };
}

test("listeners are told what they listen to, and threads what somebody listens to, every 50 ms at most", async () => {
  const { clock, subscribers, told, heard, listen } = subscribing();
  const cancels = [listen("a", "one"), listen("a", "two"), listen("b", "three")];
  await subscribers.hear([
    { tap: "a", lines: "x", events: 1 },
    { tap: "c", lines: "y", events: 1 },
  ]);
  assert.deepEqual(heard, ["one: x 1", "two: x 1"]);
  assert.deepEqual(told, [["a"]]);
  clock.advanceTo(0.05);
  for (const cancel of [...cancels, ...cancels]) cancel();
  clock.advanceTo(0.1);
  assert.deepEqual(told, [["a"], ["a", "b"], []]);
  clock.advanceTo(1);
  assert.deepEqual([told.length, clock.timers], [3, 0]);
});

test("the more listen, the less is written for them: 1 MiB for all together", () => {
  const { clock, capacities, listen } = subscribing();
  for (let n = 1; n <= 256; n++) {
    listen("a", `${n}`);
    clock.advanceTo(n);
  }
  assert.deepEqual(
    [1, 4, 8, 256].map((n) => capacities[n - 1]),
    [256, 256, 128, 4].map((kib) => kib * KIB),
  );
});

test("a slow listener does not make the others wait", async () => {
  const { subscribers, listen } = subscribing();
  subscribers.add("a", () => {});
  listen("a", "quick");
  await subscribers.hear([{ tap: "a", lines: "x", events: 1 }]);
});

test("threads wait for a lone slow listener until it takes more or goes, and nothing adds up meanwhile", async () => {
  const { subscribers } = subscribing();
  const told = new Set<() => void>();
  const cancel = subscribers.add("a", (_lines, _events, ready) => void told.add(ready));
  const heard: number[] = [];
  const hear = async (thread: number) => {
    await subscribers.hear([{ tap: "a", lines: "x", events: 1 }]);
    heard.push(thread);
  };
  void hear(1);
  void hear(2);
  await turn();
  assert.deepEqual(heard, []);
  for (const ready of told) ready();
  await turn();
  assert.deepEqual(heard, [1, 2]);
  void hear(3);
  await turn();
  assert.deepEqual([heard.length, told.size], [2, 1]);
  cancel();
  await turn();
  assert.deepEqual(heard, [1, 2, 3]);
});

test("to send to many takes a twentieth of the time, whichever threads have something to show", async () => {
  const { clock, subscribers } = subscribing();
  let shows = 0;
  for (let n = 0; n < 10; n++)
    subscribers.add("a", (_lines, _events, ready) => {
      clock.advanceTo(clock.elapsed() + 0.001);
      ready();
    });
  const thread = async (): Promise<void> => {
    for (;;) {
      await subscribers.hear([{ tap: "a", lines: "x", events: 1 }]);
      shows++;
    }
  };
  for (let n = 0; n < 3; n++) void thread();
  while (clock.elapsed() < 100) {
    for (let n = 0; n < 20; n++) await Promise.resolve();
    clock.advanceTo(clock.nextDue);
  }
  const share = (shows * 0.01) / clock.elapsed();
  assert.ok(share > 0.045 && share <= 0.051, `${share} of the time`);
});
