import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { type Branch, type Handler, stage } from "../../src/core/stage.ts";
import { bitBucket, by, catchErrors, map, sreduce } from "../../src/stages/index.ts";
import { assertBalanced, total } from "../e2e/ledger.ts";
import { gate, rig } from "./rig.ts";

const TEN = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/** Awaits for so long, then passes on. */
const slow = (seconds: number) =>
  stage("slow", ({ emit, clock }) => async (e) => {
    await new Promise<void>((resolve) => clock.after(seconds, resolve));
    emit(e);
  });
/** Gives out the sum of what it was given, when flushed. */
const sum = () =>
  stage("sum", ({ emit }): Handler => {
    let held: Event | null = null;
    return {
      onEvent(e) {
        held = e.with({ metric: (e.metric ?? 0) + (held?.metric ?? 0) });
      },
      flush() {
        if (held !== null) emit(held);
      },
    };
  });
const lost = ({ report }: Pick<ReturnType<typeof rig>, "report">) => report().stages.map((one) => total(one.lost));

test("an evicted key whose stage awaits ends once that has settled: nothing is lost", async () => {
  const run = rig([by((e) => e.metric, [slow(0.05)], { max: 2 }), bitBucket()]);
  run.offer(...TEN);
  assert.equal(run.report().stages[1]?.waiting, 10);
  assertBalanced(run.report());
  await run.wait(0.05);
  const { stages } = run.report();
  assert.deepEqual([stages[2]?.received, lost(run)], [10, [0, 0, 0]]);
  assertBalanced(run.report());
  assert.equal(run.clock.timers, 1, "the sweep of by");
});

test("a stage below the one that awaits handles its event too, then gives out what it holds, once", async () => {
  const run = rig([by((e) => e.metric, [sum(), slow(1), sum()], { max: 1 })]);
  run.offer(1, 2, 3);
  assert.deepEqual([run.out, run.report().stages[2]?.waiting], [[], 2], "what the first gives out is awaited");
  await run.wait(1);
  assert.deepEqual(
    [run.out, lost(run)],
    [
      [1, 2],
      [0, 0, 0, 0],
    ],
  );
  void run.supervisor.stop();
  await run.wait(1);
  assert.deepEqual([run.out, run.clock.timers], [[1, 2, 3], 0]);
});

test("what had queued up behind the awaited event is handled first, in order", async () => {
  const run = rig([by((e) => (e.metric ?? 0) > 4, [slow(1), sreduce((_, e) => e), slow(1)], { max: 1 })]);
  run.offer(0, 1, 2, 9);
  for (let n = 0; n < 6; n++) await run.wait(1);
  assert.deepEqual(
    [run.out, lost(run)],
    [
      [1, 2],
      [0, 0, 0, 0],
    ],
  );
});

test("a key of a key ends once both have settled", async () => {
  const inner = by((e) => e.metric, [slow(1)], { max: 1 });
  const run = rig([by((e) => (e.metric ?? 0) > 4, [inner, slow(1)], { max: 1 })]);
  run.offer(0, 1, 9);
  for (let n = 0; n < 4; n++) await run.wait(1);
  assert.deepEqual(
    [run.out.toSorted(), lost(run)],
    [
      [0, 1, 9],
      [0, 0, 0, 0],
    ],
  );
});

test("a stop waits for it", async () => {
  const run = rig([by((e) => e.metric, [slow(1), sum()], { max: 2 })]);
  run.offer(...TEN);
  let isOver = false;
  void run.supervisor.stop().then(() => {
    isOver = true;
  });
  await run.turns();
  assert.equal(isOver, false);
  await run.wait(1);
  assert.deepEqual([isOver, run.out.toSorted(), lost(run)], [true, TEN, [0, 0, 0]]);
  assert.equal(run.clock.timers, 0);
});

test("a stop whose deadline passes loses what it awaits, once", async () => {
  const run = rig([by((e) => e.metric, [slow(1), sum()], { max: 2 })]);
  run.offer(...TEN);
  assert.deepEqual(run.supervisor.abandon(), ["by#0/slow#0"]);
  await run.wait(20);
  assert.deepEqual([run.report().stages[1]?.lost.stop, lost(run), run.out], [10, [0, 10, 0], []]);
  assertBalanced(run.report());
  assert.equal(run.clock.timers, 0);
});

test("a restart ends it too, after the stages below the failed one have given out what they hold", async () => {
  const thrower = stage("thrower", ({ emit }) => (e) => {
    if (e.metric === 9) throw new Error("nine");
    emit(e);
  });
  const run = rig([thrower, by((e) => e.metric, [slow(1), sum()], { max: 2 })]);
  run.offer(0, 1, 2, 3);
  run.offer(9);
  assert.deepEqual(run.report().stages[2]?.lost, { crash: 0, restart: 4, overflow: 0, worker: 0, stop: 0 });
  await run.wait(20);
  assert.deepEqual([run.out, lost(run)], [[], [1, 0, 4, 0]]);
  assertBalanced(run.report());
  run.supervisor.abandon();
  assert.equal(run.clock.timers, 0);
});

test("a rejection in it is a throw of the pipeline, or of the branch that catches it", async () => {
  const gates = [gate(), gate(), gate()];
  const waits = map(async (e: Event) => {
    await gates[e.metric ?? 0]?.promise;
    return e;
  });
  const told: string[] = [];
  const tell = stage("tell", () => (e) => told.push(e.service ?? ""));
  for (const stages of [[waits], [catchErrors([waits], [tell])]]) {
    // What the stages of an ended run still emit ends at the next stage.
    const run = rig([by((e) => e.metric, stages, { max: 1 }), map((e: Event) => e)]);
    run.offer(0, 1, 2);
    gates[0]?.fail(new Error("no"));
    await run.turns();
    const isCaught = run.report().restarts === 0;
    gates[1]?.open();
    gates[2]?.open();
    await run.turns();
    assert.deepEqual(run.out, isCaught ? [1, 2] : []);
    assertBalanced(run.report());
    run.supervisor.abandon();
    await run.turns();
    assert.deepEqual(
      [
        run
          .report()
          .stages.map(({ waiting }) => waiting)
          .filter((n) => n > 0),
        run.clock.timers,
      ],
      [[], 0],
    );
    gates.splice(0, 3, gate(), gate(), gate());
  }
  assert.deepEqual(told, ["fast-ts exception"]);
});

test("what never settles is lost after ten seconds, once, and the stages below give out what they hold", async () => {
  const never = stage("never", ({ emit }) => (e) => {
    emit(e);
    return new Promise(() => {});
  });
  const run = rig([by((e) => e.metric === 9, [never, sum()], { max: 1 })]);
  run.offer(1, 2, 9);
  await run.wait(9.9);
  assert.deepEqual([run.report().stages[1]?.waiting, run.out], [3, []]);
  await run.wait(0.1);
  const { lost: reasons, waiting } = run.report().stages[1] ?? {};
  assert.deepEqual([reasons?.stop, waiting, run.out, lost(run)], [2, 1, [1], [0, 2, 0]]);
  assertBalanced(run.report());
  assert.equal(run.clock.timers, 1, "the sweep of by");
  run.supervisor.abandon();
  assert.deepEqual([run.report().stages[1]?.lost.stop, run.clock.timers], [3, 0]);
});

test("a stage that rejects while a stop waits for its closed branch is lost with the rest of it, in time", async () => {
  const { promise, fail } = gate();
  const never = stage("never", ({ emit }) => (e) => {
    emit(e);
    return new Promise(() => {});
  });
  const run = rig([by((e) => e.metric, [never, stage("rejects", () => () => promise)], { max: 1 })]);
  run.offer(1, 2);
  let isOver = false;
  void run.supervisor.stop().then(() => {
    isOver = true;
  });
  fail(new Error("no"));
  await run.turns();
  await run.wait(10);
  assert.equal(isOver, false, "the other key never settles");
  assert.deepEqual(run.supervisor.abandon(), ["by#0/never#0", "by#0/rejects#1"]);
  assertBalanced(run.report());
  assert.deepEqual([lost(run), run.clock.timers], [[0, 2, 2], 0]);
});

test("a flood of keys that await makes the pipeline pause until half of them have ended", async () => {
  const gates = new Map<number, ReturnType<typeof gate>>();
  const waits = stage("waits", ({ emit }) => async (e) => {
    const one = gate();
    gates.set(e.metric ?? 0, one);
    await one.promise;
    emit(e);
  });
  const run = rig([by((e) => e.metric, [waits], { max: 10 })]);
  run.offer(...Array.from({ length: 3_000 }, (_, n) => n));
  const started = 1_024 + 10;
  assert.deepEqual([gates.size, run.report().inbox], [started, 3_000 - started]);
  assertBalanced(run.report());
  for (let n = 0; n < 512; n++) gates.get(n)?.open();
  await run.turns();
  assert.equal(gates.size, started);
  gates.get(512)?.open();
  await run.turns();
  assert.deepEqual([gates.size, run.out.length], [started + 513, 513]);
  for (let n = 0; n < 3_000; n++) {
    gates.get(n)?.open();
    await run.turns();
  }
  assert.deepEqual([run.out.length, lost(run)], [3_000, [0, 0]]);
  run.supervisor.abandon();
  assert.equal(run.clock.timers, 0);
});

test("a branch may be closed twice, and its neighbours stay in the list of its owner", async () => {
  const branches: Branch[] = [];
  const owner = stage(
    "owner",
    (context) => {
      branches.push(context.branch("each"), context.branch("each"), context.branch("each"));
      return (e) => branches[e.metric ?? 0]?.receive(e);
    },
    { branches: { each: [slow(1), sum()] } },
  );
  const run = rig([owner]);
  run.offer(1, 2, 0);
  branches[1]?.close();
  branches[1]?.close();
  await run.wait(1);
  assert.deepEqual(run.out, [1]);
  branches[1]?.close();
  void run.supervisor.stop();
  await run.turns();
  assert.deepEqual(run.out.toSorted(), [0, 1, 2]);
});
