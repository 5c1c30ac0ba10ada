import assert from "node:assert/strict";
import { test } from "node:test";
import { type Branch, type Handler, type Stage, stage } from "../../src/core/stage.ts";
import { run } from "../../src/testing/run.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { gate, rig } from "./rig.ts";

test("an event goes through a chain of synchronous stages in the caller's turn", () => {
  const { offer, out } = rig([stage("a", ({ emit }) => emit), stage("b", ({ emit }) => emit)]);
  offer(1);
  assert.deepEqual(out, [1]);
});

test("while a stage awaits, what comes queues up behind it and keeps its order", async () => {
  const gates = [gate(), gate(), gate()];
  const slow = stage("slow", ({ emit }) => async (e) => {
    await gates[e.metric ?? 0]?.promise;
    emit(e);
  });
  const { offer, out, turns, report } = rig([slow]);
  offer(0, 1, 2);
  gates[2]?.open();
  gates[1]?.open();
  await turns();
  assert.deepEqual([out, report().stages[0]?.waiting], [[], 3], "the first is awaited, the others wait for it");
  assertBalanced(report());
  gates[0]?.open();
  await turns();
  assert.deepEqual([out, report().stages[0]?.waiting], [[0, 1, 2], 0]);
});

test("a chain of promises that settle at once ends with the turn: timers and sockets get theirs", async () => {
  const async = stage(
    "async",
    ({ emit }) =>
      async (e) =>
        emit(e),
  );
  const { offer, out, turns, thread, report } = rig([async]);
  const metrics = Array.from({ length: 1_000 }, (_, n) => n);
  thread.turnEnd = 0;
  offer(...metrics);
  await new Promise((resolve) => setImmediate(resolve)); // all that promises alone can do is done by then
  assert.ok(out.length < 100, `${out.length} were handled without a turn in between`);
  await turns();
  assert.deepEqual(out, metrics);
  assertBalanced(report());
});

test("a rejection is a throw: the event is lost, those that waited behind it too, each with its reason", async () => {
  const { promise, fail } = gate();
  const { offer, out, turns, report } = rig([
    stage(
      "slow",
      ({ emit }) =>
        (e) =>
          e.metric === 0 ? promise : emit(e),
    ),
  ]);
  offer(0, 1, 2);
  fail(new Error("no"));
  await turns();
  offer(3);
  const { lost } = report().stages[0] ?? { lost: null };
  assert.deepEqual([out, lost?.crash, lost?.restart], [[3], 1, 2]);
  assertBalanced(report());
});

test("a poison event is lost once, by the stage that threw, also when the one above it was asynchronous", async () => {
  const { offer, turns, report } = rig([
    stage("async", ({ emit }) => async (e) => {
      await undefined;
      emit(e);
    }),
    stage("throws", () => () => {
      throw new Error("poison");
    }),
  ]);
  offer(1);
  await turns();
  const { restarts, stages } = report();
  assert.deepEqual(
    [restarts, stages.map(({ handled, lost }) => [handled, lost.crash])],
    [
      1,
      [
        [1, 0],
        [0, 1],
      ],
    ],
  );
});

test("a timer that comes up while the stage awaits runs at its time: what is awaited may need it", async () => {
  const seen: string[] = [];
  const { offer, wait, turns } = rig([
    stage("slow", ({ clock }) => {
      clock.after(2, () => seen.push("timer"));
      return async (e) => {
        seen.push(`event ${e.metric}`);
        await new Promise<void>((resolve) => clock.after(1, resolve));
        seen.push(`done ${e.metric}`);
      };
    }),
  ]);
  offer(0, 1);
  await wait(1);
  await turns();
  assert.deepEqual(seen, ["event 0", "done 0", "event 1"]);
  await wait(1);
  await turns();
  assert.deepEqual(seen.slice(3), ["timer", "done 1"]);
});

test("a cancelled timer does not run, and one of an ended run neither", async () => {
  let ran = 0;
  const { wait, supervisor, clock } = rig([
    stage("timers", (context) => {
      const cancel = context.clock.after(1, () => ran++);
      context.clock.every(3, () => ran++, 2);
      cancel();
      return () => {};
    }),
  ]);
  await wait(1);
  assert.equal(ran, 0);
  await wait(1);
  assert.equal(ran, 1);
  supervisor.abandon();
  assert.equal(clock.timers, 0);
});

test("what is emitted after the run has ended is counted as lost, and goes nowhere", async () => {
  let emitLate = (): void => {};
  const { offer, out, report } = rig([
    stage("leaks", ({ emit }) => (e) => {
      if (e.metric === 0) emitLate = () => emit(e);
      else throw new Error("restart");
    }),
    stage("next", ({ emit }) => emit),
  ]);
  offer(0, 1);
  emitLate();
  emitLate();
  const { stages } = report();
  assert.deepEqual([out, stages[1]?.received, stages[1]?.lost.restart], [[], 2, 2]);
  assertBalanced(report());
});

test("the signal is aborted when the run ends, and is already when asked for later", () => {
  const signals: AbortSignal[] = [];
  const { offer, supervisor } = rig([
    stage("fetches", (context) => {
      signals.push(context.signal);
      return () => {
        throw new Error("restart");
      };
    }),
  ]);
  offer(1);
  assert.deepEqual(
    signals.map((signal) => signal.aborted),
    [true, false],
  );
  supervisor.abandon();
  assert.equal(signals[1]?.aborted, true);
});

test("each branch has stages of its own, told apart in the ledger by their place", () => {
  const counter = (): Stage =>
    stage("counter", ({ emit }) => {
      let n = 0;
      return (e) => emit(e.with({ metric: ++n }));
    });
  const split = stage(
    "split",
    (context) => {
      const [odd, even] = [context.branch("odd"), context.branch("even")];
      return (e) => ((e.metric ?? 0) % 2 === 1 ? odd : even).receive(e);
    },
    { branches: { odd: [counter()], even: [counter(), counter()] } },
  );
  const { offer, out, report } = rig([split]);
  offer(1, 2, 3, 5);
  assert.deepEqual(out, [1, 1, 2, 3]);
  assert.deepEqual(
    report().stages.map(({ place, handled }) => [place, handled]),
    [
      ["split#0", 4],
      ["split#0/odd/counter#0", 3],
      ["split#0/even/counter#0", 1],
      ["split#0/even/counter#1", 1],
    ],
  );
  assertBalanced(report());
});

test("a closed branch gives out what it holds, its timers end, and what still comes is counted", async () => {
  const branches: Branch[] = [];
  const holding = stage("holding", ({ emit, clock }): Handler => {
    let last: Parameters<typeof emit>[0] | null = null;
    clock.every(1, () => {});
    return {
      onEvent(e) {
        last = e;
      },
      flush() {
        if (last !== null) emit(last);
      },
    };
  });
  const { offer, out, clock, report } = rig([
    stage(
      "owner",
      (context) => {
        const branch = context.branch("held");
        branches.push(branch);
        return (e) => branch.receive(e);
      },
      { branches: { held: [holding] } },
    ),
  ]);
  offer(1, 2);
  assert.deepEqual([out, clock.timers], [[], 1]);
  branches[0]?.close();
  assert.deepEqual([out, clock.timers], [[2], 0]);
  offer(3);
  assert.deepEqual(out, [2]);
  assertBalanced(report());
});

test("a mailbox holds 65,536 events; what comes on top of that is lost, counted and told once", () => {
  const flood = stage("flood", ({ emit }) => (e) => {
    for (let n = 0; n < 70_000; n++) emit(e);
  });
  const { offer, report, messages } = rig([flood, stage("never", () => () => new Promise(() => {}))]);
  offer(1);
  const { stages } = report();
  assert.deepEqual([stages[1]?.received, stages[1]?.waiting, stages[1]?.lost.overflow], [70_000, 65_537, 4_463]);
  assert.equal(messages("mailbox full, events are lost and counted as overflow").length, 1);
  assertBalanced(report());
});

test("a stage that is misused says what is wrong, where, and what there is", () => {
  const cases: readonly (readonly [Stage, RegExp])[] = [
    [
      stage("lost", (context) => context.branch("goo").receive, { branches: { good: [], bad: [] } }),
      /lost#0.*no branch "goo".*"good", "bad"/,
    ],
    [stage("bare", (context) => context.branch("any").receive), /bare#0.*no branch "any".*none/],
    [stage("wrong", () => JSON.parse("42")), /wrong#0: start must return a function or \{ onEvent \}, got 42/],
    [
      stage("wrong", () => JSON.parse('{"onEvent":1}')),
      /wrong#0: start must return a function or .*, got \{"onEvent":1\}/,
    ],
    [
      stage("wrong", () => JSON.parse('{"kind":"sink"}')),
      /wrong#0: start must return a function or .*, got \{"kind":"sink"\}/,
    ],
    [
      stage("angry", () => {
        throw new Error("no");
      }),
      /angry#0 threw while it started: no/,
    ],
  ];
  for (const [wrong, says] of cases) assert.throws(() => run([wrong], []), says);
});
