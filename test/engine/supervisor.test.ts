import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { type Stage, stage } from "../../src/core/stage.ts";
import { map } from "../../src/stages/map.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { gate, rig } from "./rig.ts";

/** Throws at these metrics. */
const poisonedBy = (...metrics: number[]): Stage =>
  map((e) => {
    if (e.metric !== null && metrics.includes(e.metric)) throw new Error(`poison ${e.metric}`);
    return e;
  });

/** Emits the sum so far; starts from 0 with each run. */
const sum = (): Stage =>
  stage("sum", ({ emit }) => {
    let total = 0;
    return (e) => {
      total += e.metric ?? 0;
      emit(e.with({ metric: total }));
    };
  });

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test("a throw costs the event that caused it, restarts every stage, and keeps the rest of the batch", () => {
  const { offer, out, report, messages } = rig([sum(), poisonedBy(3), sum()]);
  offer(1, 2, 4, 5);
  const { restarts, stages } = report();
  assert.deepEqual(out, [1, 4, 13], "1; then 1 + 2 threw; all sums from 0 again: 4, 4 + 9");
  assert.deepEqual([restarts, stages.map(({ lost }) => lost.crash)], [1, [0, 1, 0]]);
  assertBalanced(report());
  const [line] = messages("stage threw, pipeline restarts");
  assert.deepEqual([line?.fields.pipeline, line?.fields.stage, line?.fields.error], ["rig", "map#1", "poison 3"]);
});

test("before a restart the stages below the failed one give out what they hold, those above do not", () => {
  const holder = (name: string): Stage =>
    stage(name, ({ emit }) => {
      let held: Parameters<typeof emit>[0] | null = null;
      return {
        onEvent(e) {
          held = e;
        },
        flush() {
          if (held !== null) emit(held);
        },
      };
    });
  const pass = stage("pass", ({ emit }) => {
    const tell = emit;
    return (e) => tell(e);
  });
  const { offer, out, report } = rig([pass, poisonedBy(9), holder("below"), sum()]);
  offer(7, 9);
  assert.deepEqual(out, [7]);
  assertBalanced(report());
  const above = rig([holder("above"), poisonedBy(9)]);
  above.supervisor.crashed(new Error("stray"));
  above.offer(1);
  above.supervisor.crashed(new Error("stray"));
  assert.deepEqual(above.out, []);
});

test("timers die with the run", async () => {
  const ticks: string[] = [];
  let run = 0;
  const ticking = stage("ticking", ({ clock, emit }) => {
    const name = `run ${++run}`;
    clock.every(1, () => ticks.push(name));
    return emit;
  });
  const { offer, wait, clock, supervisor } = rig([ticking, poisonedBy(1)]);
  await wait(2);
  offer(1);
  await wait(2);
  assert.deepEqual(ticks, ["run 1", "run 1", "run 2", "run 2"]);
  supervisor.abandon();
  assert.equal(clock.timers, 0);
});

test("a throw in a timer, and in a promise nobody awaits, restarts as one in a handler does", async () => {
  const inTimer = stage("inTimer", ({ clock, emit }) => {
    clock.after(1, () => {
      throw new Error("in a timer");
    });
    return emit;
  });
  const timed = rig([inTimer]);
  await timed.wait(1);
  assert.equal(timed.report().restarts, 1);
  const inBackground = stage("inBackground", (context) => (e) => {
    context.background(Promise.reject(new Error(`background ${e.metric}`)));
  });
  const failing = rig([inBackground]);
  failing.offer(1);
  await failing.turns();
  failing.offer(2);
  await failing.turns();
  assert.deepEqual(
    failing.messages("stage threw, pipeline restarts").map(({ fields }) => [fields.error, fields.event]),
    [
      ["background 1", null],
      ["background 2", null],
    ],
  );
  assertBalanced(timed.report(), failing.report());
});

test("more than three restarts in five seconds: failed, shedding, tried again after 30 s, then 60, then 120", async () => {
  const { offer, out, wait, supervisor, report, messages } = rig([poisonedBy(0)]);
  offer(0, 0, 0, 1);
  assert.deepEqual([supervisor.state, report().restarts, out], ["running", 3, [1]]);
  offer(0, 2);
  assert.equal(supervisor.state, "failed");
  offer(3, 4);
  assert.equal(report().shed, 2);
  assert.deepEqual(out, [1], "what is in the inbox waits");
  await wait(29.9);
  assert.equal(supervisor.state, "failed");
  await wait(0.1);
  assert.equal(supervisor.state, "running");
  assert.deepEqual(out, [1, 2], "the inbox was kept");
  for (const seconds of [60, 120]) {
    offer(0, 0, 0, 0);
    assert.equal(supervisor.state, "failed");
    await wait(seconds - 0.1);
    assert.equal(supervisor.state, "failed", `still after ${seconds} s`);
    await wait(0.1);
    assert.equal(supervisor.state, "running");
  }
  const lines = messages("pipeline failed: it restarted too often, its events are shed until it is tried again");
  assert.deepEqual(
    lines.map(({ fields }) => fields.retry_in_seconds),
    [30, 60, 120],
  );
  assertBalanced(report());
});

test("restarts with time between them go on for ever", async () => {
  const { offer, wait, supervisor, report } = rig([poisonedBy(0)]);
  for (let n = 0; n < 20; n++) {
    offer(0);
    await wait(2);
  }
  assert.deepEqual([supervisor.state, report().restarts], ["running", 20]);
});

test("a stage that cannot start is tried as a failing one, and what was offered waits", async () => {
  let isBroken = true;
  const moody = stage("moody", ({ emit }) => {
    if (isBroken) throw new Error("not now");
    return emit;
  });
  const { offer, out, wait, supervisor, report, messages } = rig([moody]);
  assert.equal(supervisor.state, "failed");
  assert.equal(messages("stage did not start").length, 1, "told once, however often it was tried");
  offer(1);
  isBroken = false;
  await wait(30);
  offer(2);
  assert.deepEqual([supervisor.state, out, report().shed], ["running", [2], 1]);
  assertBalanced(report());
});

test("a stop finishes the inbox, then flushes from top to bottom", async () => {
  const { promise, open } = gate();
  const first = stage("slow", ({ emit }) => async (e) => {
    await promise;
    emit(e);
  });
  const last = stage("last", ({ emit }) => {
    let total = 0;
    return {
      onEvent(e) {
        total += e.metric ?? 0;
      },
      flush: () => emit(event({ metric: total, time: 0 })),
    };
  });
  const { offer, out, turns, supervisor, report } = rig([first, last]);
  offer(1, 2, 3);
  const stopped = supervisor.stop();
  offer(4);
  open();
  await turns();
  await stopped;
  assert.deepEqual([out, supervisor.state, report().shed], [[6], "stopped", 1]);
  assertBalanced(report());
});

test("an end without patience counts what was held, and names where", () => {
  const { offer, supervisor, report } = rig([map((e) => e), stage("never", () => () => new Promise(() => {}))]);
  offer(1, 2, 3);
  assert.deepEqual(supervisor.abandon(), ["never#1"]);
  const { stages } = report();
  assert.deepEqual([stages[1]?.lost.stop, stages[1]?.waiting], [3, 0]);
  assertBalanced(report());
});

test("a mailbox of 1,024 pauses the inbox until it is half as long", async () => {
  const { promise, open } = gate();
  const { offer, turns, report } = rig([stage("slow", () => (e) => (e.metric === 0 ? promise : undefined))]);
  offer(...range(3_000));
  await turns();
  const waiting = report();
  assert.deepEqual([waiting.stages[0]?.waiting, waiting.inbox], [1_025, 1_975], "one awaited, 1,024 queued");
  assertBalanced(waiting);
  open();
  await turns();
  assert.deepEqual([report().stages[0]?.handled, report().inbox], [3_000, 0]);
});

test("a pipeline that waits holds senders up for one second, then sheds until its inbox is half empty", async () => {
  const { promise, open } = gate();
  const { offer, turns, wait, supervisor, thread, overloads, messages, reliefs, report } = rig(
    [stage("slow", () => () => promise)],
    { inbox: 100 },
  );
  offer(...range(1_025));
  offer(...range(100));
  assert.deepEqual([thread.full, supervisor.state], [1, "running"]);
  await wait(0.9);
  assert.equal(thread.full, 1);
  await wait(0.1);
  assert.deepEqual([thread.full, supervisor.state, reliefs()], [0, "stalled", 1]);
  offer(1, 2, 3);
  assert.equal(report().shed, 3);
  assert.equal(overloads.length, 1);
  assert.match(overloads[0] ?? "", /slow#0/);
  open();
  await turns();
  assert.equal(supervisor.state, "running");
  assert.deepEqual(
    messages("pipeline recovered").map(({ fields }) => fields.shed),
    [3],
  );
  assert.equal(messages("pipeline stalled").length, 1);
  assertBalanced(report());
});

test("what senders bring at the end of a hold is shed, and the stall is still told once", async () => {
  const { offer, wait, thread, overloads, messages, report } = rig(
    [stage("never", () => () => new Promise(() => {}))],
    {
      inbox: 10,
    },
  );
  thread.relieved = () => offer(...range(50));
  offer(...range(1_025));
  offer(...range(10));
  await wait(10);
  assert.deepEqual([messages("pipeline stalled").length, overloads.length, thread.full], [1, 1, 0]);
  assert.equal(report().shed, 50);
});

test("a pipeline whose processor is only busy holds senders up, and never sheds", async () => {
  const { offer, turns, wait, thread, supervisor, report, out } = rig([map((e) => e)], { inbox: 100 });
  thread.turnEnd = 0; // no turn has time left: it looks after 64 events
  offer(...range(500));
  assert.equal(thread.full, 1);
  await wait(0);
  assert.equal(supervisor.state, "running");
  await turns();
  assert.deepEqual([thread.full, report().shed, out.length], [0, 0, 500]);
});

test(`onFull "shed" sheds at once, onFull "wait" never`, async () => {
  const never = stage("never", () => () => new Promise(() => {}));
  const shedding = rig([never], { inbox: 10, onFull: "shed" });
  shedding.offer(...range(1_025));
  shedding.offer(...range(10));
  shedding.offer(1);
  assert.deepEqual([shedding.supervisor.state, shedding.thread.full, shedding.report().shed], ["stalled", 0, 1]);
  const waiting = rig([never], { inbox: 10, onFull: "wait" });
  waiting.offer(...range(1_025));
  waiting.offer(...range(10));
  await waiting.wait(3_600);
  assert.deepEqual([waiting.supervisor.state, waiting.thread.full, waiting.report().shed], ["running", 1, 0]);
});
