import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Event, event } from "../src/core/event.ts";
import type { AnyStages } from "../src/core/pipeline.ts";
import * as f from "../src/index.ts";
import { compileQuery } from "../src/query/query.ts";
import { mailSubject } from "../src/sinks/mail.ts";
import { perform, type Step, wait } from "../src/testing/index.ts";
import { page } from "./pages.ts";
import { ROOT } from "./sources.ts";

const { folds } = f;
const of = (host: string | null, metric: number | null = null, more: object = {}) => ({ host, metric, ...more });
/** Came 100 s late, with a ttl of 10 s. */
const OLD = { time: 0, ttl: 10 };
const EXPIRED = { state: "expired" };

/** What was emitted, as `second host metric`; of a list what each event has, joined by `+`. */
function emitted(stages: AnyStages, ...steps: readonly Step[]): readonly string[] {
  const one = ({ host, state, metric }: Event) => `${host} ${state === "expired" ? state : metric}`;
  return perform(stages, steps).values.map(({ at, value }) =>
    Array.isArray(value)
      ? `${at} ${value.map(one).join(" + ")}`
      : value instanceof f.Event
        ? `${at} ${one(value)}`
        : "",
  );
}
/** The events that were emitted. */
function run(stages: AnyStages, steps: readonly Step[]): Event[] {
  return perform(stages, steps).values.flatMap(({ value }) => (value instanceof f.Event ? [value] : []));
}
const timeOf = (stages: AnyStages, ...steps: readonly Step[]) => run(stages, steps).map(({ time }) => time);
const good = { satisfied: (e: Event) => e.metric === 1, tolerated: () => false };
const bomb = () =>
  f.map((): Event => {
    throw new RangeError("boom");
  });

/** For each row of the page's tables what shows it: our result, and where it can be had, Riemann's. */
const SHOWN: Readonly<Record<string, () => void>> = {
  "an event older than its ttl on arrival, in `rate`, `percentiles`, `foldInterval`, `apdex`, `ddt(interval)`": () => {
    const stages = [
      f.rate(5, { idle: 0 }),
      f.percentiles(5, { 1: "" }),
      f.foldInterval(5, folds.sum),
      f.apdex(5, good),
    ];
    const steps = [wait(100), of("a", 1, OLD), wait(5)];
    assert.deepEqual(
      stages.map((stage) => emitted([stage], ...steps)),
      [["105 a 0.2"], ["105 a 1"], ["105 a 1"], ["105 a 1"]],
    );
    for (const stage of stages) assert.deepEqual(emitted([f.notExpired(), stage], ...steps), []);
    const slope = [wait(100), of("a", 1), of("a", 6, OLD), wait(5)];
    assert.deepEqual(emitted([f.ddt(5)], ...slope), ["105 a -0.05"]);
  },
  "the same in `clockSkew`": () => {
    const steps = [wait(100), of("a", 1), of("b", 1, OLD), of("c", 1, { time: 99 })];
    assert.deepEqual(emitted([f.clockSkew()], ...steps), ["100 a 0", "100 b -100", "100 c 0"]);
    assert.deepEqual(emitted([f.notExpired(), f.clockSkew()], ...steps), ["100 a 0", "100 c -1"]);
  },
  "the same in `fillIn`, `fillInLast`": () => {
    const stages = [f.fillIn(5, of("f", 0)), f.fillInLast(5, { host: "f" })];
    const steps = [wait(98), of("a", 1), wait(2), of("a", 2, OLD), wait(5)];
    const last = stages.map((stage) => emitted([stage], ...steps).at(-1));
    assert.deepEqual(last, ["105 f 0", "105 f 2"]);
    assert.deepEqual(emitted([f.notExpired(), f.fillInLast(5, { host: "f" })], ...steps), ["98 a 1", "103 f 1"]);
  },
  "an event with the state `expired` in `rate`": () =>
    assert.deepEqual(
      emitted([f.rate(5, { idle: 0 })], of("a", 10), of("a", 5, EXPIRED), wait(10), of("a", 1), wait(5)),
      ["0 a 2", "15 a 0.2"],
    ),
  "the same in `percentiles`, `foldInterval`": () => {
    for (const stage of [f.percentiles(5, { 1: "" }), f.foldInterval(5, folds.sum)])
      assert.deepEqual(emitted([stage], of("a", 1), wait(1), of("a", 5, EXPIRED), wait(9)), ["1 a 1"]);
  },
  "the same in `coalesce`": () =>
    assert.deepEqual(emitted([f.coalesce(5)], of("a", 1), of("b", 2), wait(1), of("a", 3, EXPIRED), wait(10)), [
      "0 a 1 + b 2",
      "5 a expired + b 2",
      "10 b 2",
    ]),
  "a ttl shorter than the window": () => {
    const steps = [of("a", 10, { ttl: 2 }), wait(20), of("a", 5, { ttl: 60 }), wait(5)];
    assert.deepEqual(emitted([f.rate(5)], ...steps), ["5 a 2", "25 a 1"]);
    for (const stage of [f.percentiles(5, { 1: "" }), f.foldInterval(5, folds.sum)])
      assert.deepEqual(emitted([stage], ...steps), ["5 a 10", "25 a 5"]);
  },
  "silence, for events without a ttl, in `rate`, `ddt(interval)`, `interpolateConstant`": () => {
    const count = (idle?: number) => {
      const options = idle === undefined ? {} : { idle };
      const stages = [f.rate(5, options), f.ddt(5, options), f.interpolateConstant(5, options)];
      return stages.map((stage) => emitted([stage], of("a", 1), wait(1), of("a", 2), wait(1000)).length);
    };
    assert.ok(Math.max(...count()) < 20, String(count()));
    assert.ok(Math.min(...count(1e9)) > 190, String(count(1e9)));
  },
  "the last key of a `coalesce` runs out of its ttl": () =>
    assert.deepEqual(emitted([f.coalesce(5)], of("a", 1, { ttl: 8 }), wait(60)), ["0 a 1", "5 a 1", "10 a 1"]),
  "a member of `top` falls silent": () => {
    const steps = [of("a", 9), wait(3700), of("b", 1)];
    assert.equal(emitted([f.top(1, "metric", [])], ...steps).at(-1), "3700 b 1");
    assert.equal(emitted([f.top(1, "metric", [], { ttl: 1e9 })], ...steps).at(-1), "3700 b expired");
  },
  "an idle key of `by`": () => {
    const ended = (options: object) => perform([f.by("host", [f.tap("x")], options)], [of("a"), wait(5000), of("b")]);
    const evicted = (options: object) => ended(options).ledger.stages[0]?.evicted.idle;
    assert.deepEqual([evicted({}), evicted({ ttl: 1e9 })], [1, 0]);
  },
  "the time of what `foldInterval` and `apdex` emit": () => {
    for (const stage of [f.foldInterval(5, folds.maximum), f.apdex(5, good)])
      assert.deepEqual(timeOf([stage], of("a", 1, { time: 3 }), wait(5)), [5]);
  },
  "the time of `percentiles`": () => {
    const timed = (options: object) => timeOf([f.percentiles(5, [1], options)], of("a", 1, { time: 3 }), wait(5));
    assert.deepEqual([timed({}), timed({ method: "histogram" })], [[3], [5]]);
  },
  "the other fields of `foldInterval(interval, folds.sum)` and its like": () => {
    const steps = [of("first", 7), of("last", 4), wait(60)];
    assert.deepEqual(emitted([f.foldInterval(60, folds.sum)], ...steps), ["60 first 11"]);
    const last = f.foldInterval(60, (es) => es.at(-1)?.with({ metric: folds.sum(es)?.metric ?? 0 }));
    assert.deepEqual(emitted([last], ...steps), ["60 last 11"]);
  },
  "events without a metric in `foldInterval`": () => {
    const count = f.foldInterval(5, folds.count);
    assert.deepEqual(emitted([count], of("a"), of("a", 3), wait(5)), ["5 a 2"]);
    assert.deepEqual(emitted([f.filter((e) => e.metric !== null), count], of("a"), of("a", 3), wait(5)), ["5 a 1"]);
  },
  "a window without events in `foldInterval`": () =>
    assert.deepEqual(emitted([f.foldInterval(5, folds.sum)], of("a", 1, { ttl: 60 }), wait(20)), ["5 a 1"]),
  "only events without a metric in `rate`": () => {
    assert.deepEqual(emitted([f.rate(5)], of("a"), wait(20)), []);
    assert.deepEqual(emitted([f.defaults({ metric: 0 }), f.rate(5, { idle: 0 })], of("a"), wait(20)), ["5 a 0"]);
  },
  "`rollup` with `n` 1, after one overflow": () => {
    const steps = [of("a", 1), of("a", 2), wait(11), of("a", 3), wait(20), of("a", 4)];
    assert.deepEqual(emitted([f.rollup(1, 5)], ...steps), ["0 a 1", "5 a 2", "11 a 3", "31 a 4"]);
  },
  "`stable`, when a sender's clock is ahead": () => {
    const steps = [of("a", 1), wait(1), of("a", 2, { time: 6 }), wait(60)];
    assert.deepEqual(emitted([f.stable(5, "host")], ...steps), ["1 a 1", "1 a 2"]);
  },
  "what is held at a stop": shownIn(
    "engine/supervisor.test.ts",
    "a stop finishes the inbox, then flushes from top to bottom",
  ),
  "`movingEventWindow(0)`, `fixedEventWindow(0)`, `runs(0)`": () => {
    for (const make of [() => f.movingEventWindow(0), () => f.fixedEventWindow(0), () => f.runs(0, "state")])
      assert.throws(make, { code: "FTS_STAGE_OPTION" });
  },
  "no metric in `splitp`, as in what has expired": () => {
    const ok = [f.set({ state: "ok" })];
    const graded = f.splitp("<", "metric", [[0.9, [f.set({ state: "critical" })]]], ok);
    const states = (stages: AnyStages) => run(stages, [of("a", 0.5), of("a", null, EXPIRED)]).map((e) => e.state);
    assert.deepEqual(states([graded]), ["ok", "ok"]);
    assert.deepEqual(states([f.splitp("<", "metric", [[Number.NEGATIVE_INFINITY, ok]], [])]), ["ok", "expired"]);
    assert.deepEqual(states([f.filter((e) => e.metric !== null), graded]), ["ok"]);
  },
  "a metric of `NaN` in `rate`, `counter`, `ddt`, `percentiles` and the folds": () => {
    const stages = [f.rate(5, { idle: 0 }), f.percentiles(5, { 1: "" }), f.counter(), f.ddt()];
    const steps = [of("a", Number.NaN), of("a", 5, { time: 1 }), of("a", 6, { time: 2 }), wait(5)];
    const last = stages.map((stage) => emitted([stage], ...steps).at(-1));
    assert.deepEqual(last, ["5 a 2.2", "5 a 6", "0 a 11", "0 a 1"]);
    assert.equal(folds.sum([Number.NaN, 1].map((metric) => event({ metric, time: 0 })))?.metric, 1);
  },
  "11 / 5": () => assert.deepEqual(emitted([f.rate(5, { idle: 0 })], of("a", 11), wait(5)), ["5 a 2.2"]),
  "`adjust` of what is absent": () => {
    const suffix = f.adjust({ state: (state) => `${state} x` });
    assert.equal(run([suffix], [of("a")])[0]?.state, null);
    assert.equal(run([f.defaults({ state: "" }), suffix], [of("a")])[0]?.state, " x");
  },
  '`defaults({ tags: ["x"] })` and an empty list of tags': () =>
    assert.deepEqual(run([f.defaults({ tags: ["x"] })], [of("a", 1, { tags: [] })])[0]?.tags, ["x"]),
  "the time of `event(…)`": () => assert.equal(event({ time: 1.6 }).time, 1.6),
  "`ok=true` to a sender": shownIn(
    "engine/supervisor.test.ts",
    "a pipeline that waits holds senders up for one second",
  ),
  "a stream throws": shownIn("e2e/poison.test.ts", "a poison event now and then costs the pipeline itself"),
  "the event of an exception": () => {
    const told = run([f.catchErrors([bomb()], [f.tagged("exception")])], [of("a", 1)]);
    assert.deepEqual(
      told.map(({ service, host, metric, state }) => [service, host, metric, state]),
      [["fast-ts exception", "a", 1, "error"]],
    );
    assert.deepEqual(told[0]?.tags, ["exception", "RangeError"]);
    const ported = [f.set({ service: "riemann exception" }), f.match("service", "riemann exception")];
    assert.equal(run([f.catchErrors([bomb()], ported)], [of("a", 1)]).length, 1);
  },
  "after an exception in `exception-stream`": () => {
    const thrower = f.map((e) => {
      if (e.metric === 0) throw new RangeError("boom");
      return e;
    });
    const counted = f.catchErrors([f.counter(), thrower], [f.bitBucket()]);
    assert.deepEqual(emitted([counted], of("a", 1), of("a", -1), of("a", 5)), ["0 a 1", "0 a 5"]);
  },
  "`reinject` that finds its own event": shownIn("stages/reinject.test.ts", "an event that has gone round too often"),
  "the subject of a list": () => {
    const events = ["a", "b"].map((host) => event({ host, service: "cpu", state: "critical", time: 0 }));
    assert.equal(mailSubject(events[0] ?? event({ time: 0 }), events), "2 events: a and b cpu critical");
  },
  "an absent host, service or state among others": () => {
    const events = [event({ host: "h", time: 0 }), event({ host: "h", service: "s", time: 0 })];
    assert.equal(mailSubject(event({ time: 0 }), events), "2 events: h s");
  },
  "an empty list": shownIn("sinks/email.test.ts", "an empty list is no mail"),
  "text behind a complete query, `true )`": () => assert.throws(() => compileQuery("true )"), { code: "FTS_QUERY" }),
};

const SECTION = page("docs/from-riemann.md").split("## Other differences")[1]?.split("\n## ")[0] ?? "";
const ROWS = [...SECTION.matchAll(/^\| ([^|]+) \| [^|]+ \| [^|]+ \|.*\|$/gm)].map(([, label = ""]) => label);

for (const row of ROWS.filter((label) => label !== "---"))
  test(`docs/from-riemann.md: ${row}`, () => {
    const shows = SHOWN[row];
    assert.ok(shows, "nothing shows it");
    shows();
  });

test("docs/from-riemann.md has all differences that are shown", () => {
  assert.deepEqual(
    Object.keys(SHOWN).filter((row) => !ROWS.includes(row)),
    [],
  );
});

/** Another test shows it. */
function shownIn(path: string, name: string): () => void {
  return () => assert.ok(readFileSync(join(ROOT, "test", path), "utf8").includes(`test("${name}`), `${path}: ${name}`);
}
