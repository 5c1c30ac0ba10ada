import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import { type Stages, stage } from "../../src/core/stage.ts";
import { Router } from "../../src/engine/router.ts";
import { filter, fixedEventWindow, publish, sflatten, smap, smapcat, subscribe } from "../../src/stages/index.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { joined } from "./joined.ts";
import { gate } from "./rig.ts";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const pass = () => stage("pass", ({ emit }) => emit);
/** Waits with each event until the gate is open. */
const slow = (opened: Promise<void>) =>
  stage("slow", ({ emit }) => async (e) => {
    await opened;
    emit(e);
  });

test("a subscriber gets what is published, in order, and nothing else; the publisher passes it on", async () => {
  const { offer, out, turns, report } = joined([
    pipeline("from", [filter((e) => (e.metric ?? 0) > 1), publish("big")]),
    pipeline("to", [subscribe("big"), pass()]),
    pipeline("also to", [subscribe("big")]),
    pipeline("other", [subscribe("small")]),
  ]);
  offer(1, 2, 3);
  await turns();
  assert.deepEqual([out("from"), out("to"), out("also to"), out("other")], [[2, 3], [2, 3], [2, 3], []]);
  assert.deepEqual([report("from").offered, report("to").offered, report("other").offered], [3, 2, 0]);
  assertBalanced(report("from"), report("to"), report("also to"));
});

test("a list that is published comes to subscribers as its events, or as a list, and nobody can change it", async () => {
  const changes: unknown[] = [];
  const change = smap((events: readonly Event[]) => {
    try {
      (events as Event[]).reverse();
    } catch (thrown) {
      changes.push(thrown);
    }
    return events;
  });
  const lengths = smap((events: readonly Event[]) => event({ time: 0, metric: events.length }));
  const { offer, out, turns, report } = joined([
    pipeline("from", [filter((e) => e.metric !== 0), fixedEventWindow(2), publish("pairs"), change, sflatten()]),
    pipeline("one", [filter((e) => e.metric === 0), publish("pairs")]),
    pipeline("lists", [subscribe("pairs", { lists: true }), change, lengths]),
    pipeline("events", [subscribe("pairs")]),
  ]);
  offer(1, 2, 0, 3, 4);
  await turns();
  assert.deepEqual(
    [out("from"), out("lists"), out("events")],
    [
      [1, 2, 3, 4],
      [2, 2, 1],
      [1, 2, 3, 4, 0],
    ],
  );
  assert.equal(changes.filter((thrown) => thrown instanceof TypeError).length, 4);
  assert.equal(report("lists").offered, 3);
  assertBalanced(report("from"), report("lists"), report("events"));
});

test("several pipelines publish to one channel, each in its order", async () => {
  const { offer, out, turns } = joined([
    pipeline("a", [filter((e) => (e.metric ?? 0) % 2 === 0), publish("all")]),
    pipeline("b", [filter((e) => (e.metric ?? 0) % 2 === 1), publish("all")]),
    pipeline("to", [subscribe("all")]),
  ]);
  offer(...range(100));
  await turns();
  const got = out("to");
  assert.deepEqual([got.length, got.filter((n) => Number(n) % 2 === 0)], [100, range(100).filter((n) => n % 2 === 0)]);
});

test("a long chain of channels takes a flood without deep recursion and loses nothing", async () => {
  const links = range(40).map((n) => pipeline(`p${n}`, [subscribe(`c${n}`), pass(), publish(`c${n + 1}`)]));
  const flood = pipeline("flood", [
    smapcat((e) => range(1500).map((n) => e.with({ metric: n }))),
    publish("c0"),
  ] as Stages);
  const { offer, out, turns, report, thread } = joined([flood, ...links]);
  thread.turnEnd = 0; // every turn is over at once
  offer(...range(3));
  await turns();
  assert.equal(out("p39").length, 4500);
  assert.deepEqual(out("p39").slice(0, 1500), range(1500));
  for (const { name } of links) assert.deepEqual([report(name).shed, report(name).taken], [0, 4500]);
});

test("a subscriber that waits holds its publisher up, then stalls and sheds; others go on and the clients with them", async () => {
  const { promise, open } = gate();
  const { offer, out, turns, wait, report, thread, overloads } = joined([
    pipeline("from", [publish("x")]),
    pipeline("beside", [pass()]),
    pipeline("to", [subscribe("x"), slow(promise)], { inbox: 100 }),
  ]);
  offer(...range(3000));
  await turns();
  // One is in the hands of `slow`, 1024 in its mailbox, 100 in the inbox.
  assert.deepEqual([report("to").inbox, report("to").shed, out("beside").length], [100, 0, 3000]);
  // The publisher waits with the event that filled the inbox; the others are behind it.
  assert.equal((report("from").stages[0]?.waiting ?? 0) + report("from").inbox, 3000 - 1125 + 1);
  assert.equal(thread.full, 0, "its senders are publishers, not clients");
  await wait(1.1);
  assert.deepEqual([report("from").stages[0]?.waiting, report("to").shed], [0, 3000 - 1125]);
  assert.equal(overloads.length, 1);
  open();
  await turns();
  assert.equal(out("to").length, 1125);
  offer(7);
  await turns();
  assert.equal(out("to").at(-1), 7, "it has recovered");
  assertBalanced(report("from"), report("to"), report("beside"));
});

test("a subscriber that is to wait makes its publisher wait for as long as it takes, without a loss", async () => {
  const { promise, open } = gate();
  const { offer, out, turns, wait, report } = joined([
    pipeline("from", [publish("x")], { onFull: "wait" }),
    pipeline("to", [subscribe("x"), slow(promise)], { inbox: 10, onFull: "wait" }),
  ]);
  offer(...range(2000));
  await wait(60);
  assert.equal(report("to").shed, 0);
  open();
  await turns();
  assert.deepEqual(out("to"), range(2000));
});

test("a subscriber that sheds never holds its publisher up", async () => {
  const { offer, out, turns, report } = joined([
    pipeline("from", [publish("x")]),
    pipeline("to", [subscribe("x"), slow(new Promise(() => {}))], { inbox: 10, onFull: "shed" }),
  ]);
  offer(...range(2000));
  await turns();
  assert.deepEqual([out("from").length, report("to").shed], [2000, 2000 - 1035]);
  assertBalanced(report("from"), report("to"));
});

test("a throw in a subscriber restarts the subscriber alone", async () => {
  const bomb = () =>
    stage("bomb", ({ emit }) => (e) => {
      if (e.metric === 1) throw new Error("boom");
      emit(e);
    });
  const { offer, out, turns, report } = joined([
    pipeline("from", [publish("x")]),
    pipeline("to", [subscribe("x"), bomb()]),
  ]);
  offer(0, 1, 2);
  await turns();
  assert.deepEqual(
    [out("from"), out("to")],
    [
      [0, 1, 2],
      [0, 2],
    ],
  );
  assert.deepEqual([report("from").restarts, report("to").restarts], [0, 1]);
  assertBalanced(report("from"), report("to"));
});

test("what is published after a subscriber was replaced goes to the one that replaced it", async () => {
  const { router, supervisor, offer, out, turns } = joined([
    pipeline("from", [publish("x")]),
    pipeline("old", [subscribe("x")]),
    pipeline("new", [subscribe("x")]),
  ]);
  router.replace([supervisor("from"), supervisor("old")]);
  offer(1);
  router.replace([supervisor("from"), supervisor("new")]);
  offer(2);
  await turns();
  assert.deepEqual([out("old"), out("new")], [[1], [2]]);
});

test("whatever the inboxes are and whoever is slow: order is kept, the books balance, what is to wait loses nothing", async () => {
  const onFull = fc.constantFrom("wait", "shed", undefined);
  const ends = fc.record({ inbox: fc.integer({ min: 1, max: 40 }), onFull, isSlow: fc.boolean() });
  const batches = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(ends, ends, batches, fc.boolean(), async (middle, last, sizes, isHasty) => {
      const stages = (isSlow: boolean) => (isSlow ? [slow(Promise.resolve())] : [pass()]);
      const options = ({ inbox, onFull: rule }: typeof middle) => ({
        inbox,
        ...(rule !== undefined && { onFull: rule }),
      });
      const on = joined([
        pipeline("from", [publish("x")], { inbox: 100_000 }),
        pipeline("middle", [subscribe("x"), ...stages(middle.isSlow), publish("y")], options(middle)),
        pipeline("last", [subscribe("y"), ...stages(last.isSlow)], options(last)),
      ]);
      let sent = 0;
      for (const size of sizes) {
        on.offer(...range(size).map((n) => sent + n));
        sent += size;
        if (!isHasty) await on.turns();
      }
      for (const name of ["from", "middle", "last"]) {
        const stopped = on.supervisor(name).stop();
        await on.turns();
        await stopped;
      }
      const reports = ["from", "middle", "last"].map(on.report);
      assertBalanced(...reports);
      const got = on.out("last").map(Number);
      assert.deepEqual(
        got,
        got.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(got).size, got.length);
      const shed = reports.reduce((sum, report) => sum + report.shed, 0);
      assert.equal(got.length + shed, sent);
      const waits = [middle, last].every((one) => one.onFull === "wait" || !one.isSlow);
      if (waits && last.onFull !== "shed" && middle.onFull !== "shed") assert.equal(shed, 0);
    }),
    { numRuns: rounds(8) },
  );
});

test("a pipeline has not dealt with all that it took while the rest waits for a later turn", async () => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { offer, out, turns, supervisor, thread } = joined([pipeline("from", [slow(opened)])]);
  offer(1, 2);
  const from = supervisor("from");
  assert.equal(from.isSettled, false, "it awaits the gate");
  thread.turnEnd = Number.NEGATIVE_INFINITY;
  open();
  for (let n = 0; n < 10; n++) await Promise.resolve();
  assert.deepEqual([out("from"), from.isSettled], [[1], false], "the second has its turn later");
  await turns();
  assert.deepEqual([out("from"), from.isSettled], [[1, 2], true]);
});

test("who subscribed to a channel that a swap ends gets what publishers of before publish then, others' not", async () => {
  const router = new Router();
  const { offer, out, turns, report } = joined(
    [pipeline("from", [publish("all")]), pipeline("to", [subscribe("all"), pass()])],
    undefined,
    router,
  );
  const [from] = router.supervisors;
  assert.ok(from);
  const set = router.channels.next();
  const newer = router.channels.outlet("all");
  router.replace([from]);
  offer(1);
  newer(event({ time: 0, metric: 2 }));
  await turns();
  assert.deepEqual(out("to"), [1]);
  router.channels.end(set);
  offer(3);
  await turns();
  assert.deepEqual([out("to"), out("from")], [[1], [1, 3]]);
  assertBalanced(report("from"), report("to"));
});
