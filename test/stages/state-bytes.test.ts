import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Event, event, weigh } from "../../src/core/event.ts";
import { type AnyStages, pipeline } from "../../src/core/pipeline.ts";
import { layOut } from "../../src/engine/layout.ts";
import type { PipelineReport } from "../../src/engine/report.ts";
import { Supervisor } from "../../src/engine/supervisor.ts";
import * as folds from "../../src/folds/index.ts";
import { keyedState, stage } from "../../src/index.ts";
import * as s from "../../src/stages/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { VirtualThread } from "../../src/testing/virtual-thread.ts";
import { imbalances } from "../e2e/ledger.ts";
import { isWhole } from "../rounds.ts";

const MEGABYTE = 1024 * 1024;
const MAX_BYTES = 64 * MEGABYTE;
const FORGETS = "state takes more bytes than it may: the heaviest pipelines forget what has been idle longest";

/** Pipelines of one thread whose state is bounded in bytes. */
function thread(pipelines: Readonly<Record<string, AnyStages>>) {
  const virtual = new VirtualThread({
    clock: new VirtualClock(),
    maxStateBytes: MAX_BYTES,
    explain: (error) => error.message,
  });
  const { state } = virtual.thread;
  let peak = 0;
  const all = Object.entries(pipelines).map(([name, stages]) => {
    const one = new Supervisor(pipeline(name, []), virtual.thread, { layout: layOut(stages) });
    one.start();
    return { name, one };
  });
  const of = (name: string) => {
    const found = all.find((each) => each.name === name);
    assert.ok(found);
    return found;
  };
  return {
    state,
    peak: () => peak,
    clock: virtual.clock,
    offer(name: string, ...events: readonly Event[]): void {
      of(name).one.offer(events);
      virtual.finishTurn();
      peak = Math.max(peak, state.bytes);
      assert.equal(of(name).one.lastFailure, null);
    },
    report: (name: string): PipelineReport => of(name).one.report(),
    warnings: () => virtual.lines.filter(({ level }) => level === "warn").map(({ message }) => message),
    advance(seconds: number): void {
      for (const _ of virtual.pass(virtual.clock.now() + seconds));
    },
    end(): void {
      for (const { one } of all) one.abandon();
    },
  };
}

/** An event that takes a megabyte, and like no other. */
function heavy(n: number, host: string, time = 0): Event {
  const text = `${n} ${"x".repeat(MEGABYTE / 2)}`;
  return event({ host, service: text, state: `state ${n}`, metric: n, time });
}

/** What an evicted event or key is counted as. */
type Fate = "full" | "overflow";

const lastOf = () => {
  const series = keyedState<{ last: Event | null }>("lastOf", "state", () => ({ last: null }), { keepsLast: true });
  return stage("lastOf", (context) => {
    const seriesOf = series(context);
    return (each) => {
      seriesOf(each).last = each;
    };
  });
};

/** Everything that holds keys or events, each event of another key. */
const HOLDERS: Readonly<Record<string, readonly [Fate, () => AnyStages]>> = {
  alert: ["full", () => [s.alert([], { by: "service", trigger: () => true })]],
  "by, of whose key the text is": ["full", () => [s.by("service", [s.counter()])]],
  "by, whose stages hold the last event": ["full", () => [s.by("state", [s.rate(5)])]],
  "by, whose stages hold many events": ["full", () => [s.by("state", [s.fixedTimeWindow(60)])]],
  "by in by": ["full", () => [s.by("host", [s.by("service", [s.counter()])])]],
  "by in where": ["full", () => [s.where(() => true, [s.by("service", [s.counter()])])]],
  "by in catchErrors": ["full", () => [s.catchErrors([s.by("service", [s.counter()])], [])]],
  changed: ["full", () => [s.changed("service", { key: "state" })]],
  "changedState with pairs": ["full", () => [s.changedState({ pairs: true })]],
  clockSkew: ["full", () => [s.set({ host: (e) => e.service }), s.clockSkew()]],
  coalesce: ["full", () => [s.coalesce(60)]],
  project: ["full", () => [s.project([() => true, () => true], { key: "state" })]],
  "keyedState with its last event": ["full", () => [lastOf()]],
  index: ["full", () => [s.index()]],
  top: ["full", () => [s.top(1000, "metric", [])]],
  batch: ["overflow", () => [s.batch(1000, 60)]],
  fixedEventWindow: ["overflow", () => [s.fixedEventWindow(1000)]],
  fixedOffsetTimeWindow: ["overflow", () => [s.fixedOffsetTimeWindow(60)]],
  fixedTimeWindow: ["overflow", () => [s.fixedTimeWindow(60)]],
  foldInterval: ["overflow", () => [s.foldInterval(60, folds.sum)]],
  movingEventWindow: ["overflow", () => [s.movingEventWindow(1000)]],
  movingTimeWindow: ["overflow", () => [s.movingTimeWindow(60)]],
  percentiles: ["overflow", () => [s.percentiles(60, [0.5])]],
  rollup: ["overflow", () => [s.rollup(0, 60)]],
  sort: ["overflow", () => [s.sort(60)]],
  stable: ["overflow", () => [s.stable(60, () => "same")]],
};

if (isWhole)
  describe("events of a megabyte take no more than a worker's bytes, and cost no other pipeline its state", () => {
    const count = 100;
    const events = Array.from({ length: count }, (_, n) => heavy(n, `host ${n % 3}`));
    for (const [name, [fate, make]] of Object.entries(HOLDERS))
      test(name, () => {
        const { offer, report, state, peak, warnings, end } = thread({
          heavy: make(),
          other: [s.by("host", [s.rate(5)])],
        });
        for (const [n, one] of events.entries()) {
          offer("heavy", one);
          offer("other", event({ host: `host ${n}`, metric: 1, time: 0 }));
        }
        assert.ok(peak() <= MAX_BYTES + 2 * weigh(heavy(0, "")), `at most ${peak()} bytes`);
        assert.deepEqual(warnings(), [FORGETS]);
        const { stages, taken, stateBytes } = report("heavy");
        assert.equal(taken, count);
        const forgotten = stages.reduce(
          (sum, { evicted, dropped }) => sum + (fate === "full" ? evicted.full : dropped.overflow),
          0,
        );
        const kept = Math.floor(MAX_BYTES / MEGABYTE);
        assert.ok(forgotten >= count - kept && forgotten < count, `forgot ${forgotten} of ${count}`);
        assert.deepEqual(imbalances(report("heavy")), []);
        assert.equal(report("other").stages[0]?.evicted.full, 0);
        if (name !== "index") assert.ok(stateBytes > MAX_BYTES / 2 && stateBytes <= MAX_BYTES);
        end();
        assert.equal(report("heavy").stateBytes, 0);
        if (name !== "index") assert.equal(state.bytes, 0);
      });
  });

test("the one that holds most makes room, whoever is in need, and the log names it once an episode", () => {
  const { offer, report, warnings, clock, advance, end } = thread({
    window: [s.fixedTimeWindow(3600)],
    keys: [s.by("service", [s.counter()])],
  });
  for (let n = 0; n < 40; n++) offer("window", heavy(n, "a"));
  for (let n = 0; n < 30; n++) offer("keys", heavy(n, "a"));
  const dropped = () => report("window").stages[0]?.dropped.overflow ?? 0;
  const evicted = () => report("keys").stages[0]?.evicted.full ?? 0;
  assert.deepEqual([dropped() > 0, evicted()], [true, 0]);
  for (let n = 30; n < 60; n++) offer("keys", heavy(n, "a"));
  assert.ok(evicted() > 0, "now it is the heaviest");
  assert.deepEqual(warnings(), [FORGETS]);
  advance(30);
  assert.equal(warnings().length, 2, "it is over");
  for (let n = 60; n < 90; n++) offer("keys", heavy(n, "a", clock.now()));
  assert.deepEqual(warnings().filter((line) => line === FORGETS).length, 2);
  end();
});

test("an evicted key emits what its stages hold", () => {
  const lists: number[] = [];
  const seen = stage<readonly Event[], Event>("seen", () => (list) => void lists.push(list.length), {
    takes: "lists",
  });
  const { offer, end } = thread({ windows: [s.by("state", [s.fixedTimeWindow(60)]), seen] as AnyStages });
  for (let n = 0; n < 100; n++) offer("windows", heavy(n, "a"));
  assert.ok(lists.length >= 30);
  assert.ok(lists.every((length) => length === 1));
  end();
});

test("max of a by holds for the keys inside it, all of them together", () => {
  const { offer, report, end } = thread({ series: [s.by("host", [s.by("service", [s.counter()])], { max: 100 })] });
  for (let host = 0; host < 15; host++)
    for (let n = 0; n < 10; n++) offer("series", event({ host: `${host}`, service: `${n}`, metric: 1, time: 0 }));
  const [hosts, series] = report("series").stages.map(({ evicted }) => evicted.full);
  // The hosts that were idle longest have gone with the last of their series.
  assert.deepEqual([hosts, (hosts ?? 0) + (series ?? 0)], [5, 50]);
  end();
});

test("what cannot be forgotten is told of once, stays, and costs nobody else anything", () => {
  const hoard = stage(
    "hoard",
    ({ held }) =>
      (each) =>
        held(weigh(each)),
  );
  const { offer, report, warnings, end } = thread({ hoard: [hoard], other: [s.by("service", [s.counter()])] });
  offer("other", heavy(0, "a"));
  for (let n = 0; n < 100; n++) offer("hoard", heavy(n, "a"));
  assert.deepEqual(warnings(), ["state takes more bytes than it may, and nothing of it can be forgotten"]);
  assert.deepEqual([report("hoard").taken, report("other").stages[0]?.evicted.full], [100, 0]);
  end();
  assert.equal(report("hoard").stateBytes, 0);
});

test("a stage that restarts or does not start holds nothing", () => {
  const throwing = stage("throwing", ({ held, clock }) => {
    held(1000);
    clock.every(1, () => {});
    return () => {
      throw new Error("always");
    };
  });
  const { state, clock, end } = thread({ throwing: [throwing] });
  assert.equal(state.bytes, 1000);
  end();
  const bad = stage("bad", ({ held, clock: own }) => {
    held(1000);
    own.every(1, () => {});
    throw new Error("does not start");
  });
  const second = thread({ bad: [bad] });
  assert.deepEqual([state.bytes, clock.timers, second.state.bytes], [0, 0, 0]);
  second.end();
  assert.equal(second.clock.timers, 0);
});
