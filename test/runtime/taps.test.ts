import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { event } from "../../src/core/event.ts";
import type { Tapped } from "../../src/runtime/report.ts";
import { TapSubscribers } from "../../src/runtime/tap-subscribers.ts";
import { Taps } from "../../src/runtime/taps.ts";

const at = (metric: number) => event({ metric, time: 1 });
const metrics = (lines: string) =>
  lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).metric);

test("a tap shows what comes by while somebody listens to it, a turn's events together", async () => {
  const shown: Tapped[] = [];
  const taps = new Taps(async (tapped) => void shown.push(...tapped));
  const [a, b] = [taps.outlet("a"), taps.outlet("b")];
  a(at(1));
  taps.listen(["a"]);
  a(at(2));
  b(at(3));
  a(at(4));
  await turn();
  taps.listen([]);
  a(at(5));
  await turn();
  assert.deepEqual(
    shown.map(({ tap, lines, missed }) => [tap, metrics(lines), missed]),
    [["a", [2, 4], 0]],
  );
});

test("what comes while nobody takes more is gathered up to a bound, then counted", async () => {
  const shown: Tapped[] = [];
  let more = (): void => {};
  const taps = new Taps((tapped) => {
    shown.push(...tapped);
    return new Promise((resolve) => {
      more = resolve;
    });
  });
  const a = taps.outlet("a");
  taps.listen(["a"]);
  a(at(0));
  await turn();
  for (let n = 1; n <= 10_000; n++) assert.equal(a(at(n)), null);
  await turn();
  assert.equal(shown.length, 1);
  more();
  await turn();
  const { lines = "", missed = 0 } = shown[1] ?? {};
  assert.ok(lines.length >= 256 * 1024 && lines.length < 257 * 1024, `${lines.length}`);
  assert.equal(metrics(lines).length + missed, 10_000);
  assert.deepEqual(metrics(lines).slice(0, 3), [1, 2, 3]);
});

test("an event that cannot be written is missed, and its pipeline none the worse", async () => {
  const shown: Tapped[] = [];
  const taps = new Taps(async (tapped) => void shown.push(...tapped));
  taps.listen(["a"]);
  const attributes = {
    get bad(): string {
      throw new Error("no");
    },
  };
  taps.outlet("a")(event({ time: 1, attributes }));
  await turn();
  assert.deepEqual(shown, [{ tap: "a", lines: "", missed: 1 }]);
});

test("listeners are told what they listen to, and threads what somebody listens to", async () => {
  const told: (readonly string[])[] = [];
  const heard: string[] = [];
  const subscribers = new TapSubscribers((taps) => told.push(taps));
  const listen = (tap: string, name: string) =>
    subscribers.add(tap, (lines, missed, ready) => {
      heard.push(`${name}: ${lines} ${missed}`);
      ready();
    });
  const cancels = [listen("a", "one"), listen("a", "two"), listen("b", "three")];
  await subscribers.hear([
    { tap: "a", lines: "x", missed: 1 },
    { tap: "c", lines: "y", missed: 0 },
  ]);
  assert.deepEqual(heard, ["one: x 1", "two: x 1"]);
  for (const cancel of [...cancels, ...cancels]) cancel();
  assert.deepEqual(told, [["a"], ["a", "b"], ["b"], []]);
});

test("a slow listener does not make the others wait", async () => {
  const subscribers = new TapSubscribers(() => {});
  subscribers.add("a", () => {});
  subscribers.add("a", (_lines, _missed, ready) => ready());
  await subscribers.hear([{ tap: "a", lines: "x", missed: 0 }]);
});

test("threads wait for a lone slow listener until it takes more or goes, and nothing adds up meanwhile", async () => {
  const subscribers = new TapSubscribers(() => {});
  const told = new Set<() => void>();
  const cancel = subscribers.add("a", (_lines, _missed, ready) => void told.add(ready));
  const heard: number[] = [];
  const hear = async (thread: number) => {
    await subscribers.hear([{ tap: "a", lines: "x", missed: 0 }]);
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
