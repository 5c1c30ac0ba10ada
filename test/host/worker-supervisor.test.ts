import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { newTargetCounts, reportOf } from "../../src/delivery/report.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { type FakeThread, SupervisedWorker } from "./fake-worker.ts";

test("a stop waits for the thread that is being started, which handles what the ring holds", async (t) => {
  const worker = await SupervisedWorker.start(t, "p");
  (await worker.thread(1)).exit();
  const next = await worker.thread(2);
  worker.write(10, "a", "b");
  const stopped = worker.supervisor.stop(10);
  await next.told("prepare");
  assert.deepEqual(next.heard, ["prepare"], "it has yet to load: it is told to stop later");
  await next.boot();
  await next.finish();
  assert.deepEqual(await stopped, { stuck: [], lost: 0 });
  const report = worker.report("p");
  assert.deepEqual([report.offered, report.stages[0]?.handled], [20, 20]);
  assertBalanced(report);
});

test("a stop that comes while a thread is just ending waits for the next one as well", async (t) => {
  const worker = await SupervisedWorker.start(t, "p");
  worker.write(1, "a");
  (await worker.thread(1)).exit();
  const stopped = worker.supervisor.stop(10);
  const next = await worker.thread(2);
  await next.boot();
  await next.finish();
  assert.deepEqual(await stopped, { stuck: [], lost: 0 });
  assert.equal(worker.report("p").stages[0]?.handled, 1);
});

test("when the stop deadline passes before there is a thread again, all that the ring holds is lost, and counted", async (t) => {
  const worker = await SupervisedWorker.start(t, "p", "q");
  worker.write(3, "a");
  const first = await worker.thread(1);
  assert.deepEqual(first.read(), ["a"]);
  worker.write(10, "b", "c");
  first.begin({ notTo: ["q"] });
  first.exit();
  await worker.thread(2);
  const stopped = worker.supervisor.stop(10);
  await turn();
  worker.clock.advanceTo(worker.clock.now() + 12);
  const { stuck, lost } = await stopped;
  // `p` had been offered "b", and the thread took it along before the stop; `q` had not.
  assert.equal(lost, 10 + 20);
  assert.deepEqual(stuck, ["worker 1: did not answer"]);
  const [p, q] = [worker.report("p"), worker.report("q")];
  assert.deepEqual([p.offered, p.lost.worker, p.lost.stop], [23, 0, 10]);
  assert.deepEqual([q.offered, q.lost.stop], [23, 20]);
  assertBalanced(p, q);
});

test("when the stop deadline passes while the ring holds events, they count beside those that pipelines gave up", async (t) => {
  const worker = await SupervisedWorker.start(t, "p");
  worker.write(10, "a", "b", "c");
  const thread = await worker.thread(1);
  thread.read(1);
  const stopped = worker.supervisor.stop(10);
  await thread.told("stop");
  thread.say({ kind: "stopped", report: { stuck: ["p: count#0"], lost: 4 } });
  assert.deepEqual(await stopped, { stuck: ["p: count#0", "worker 1: 20 events not offered"], lost: 24 });
  assertBalanced(worker.report("p"));
});

test("a thread that ends during a stop is replaced while there is something left for the next one", async (t) => {
  const worker = await SupervisedWorker.start(t, "p");
  worker.write(1, "a", "b");
  const stopped = worker.supervisor.stop(10);
  const first = await worker.thread(1);
  await first.told("stop");
  first.begin();
  first.exit();
  const second = await worker.thread(2);
  await second.boot();
  assert.deepEqual(second.begin(), "a", "its event numbers say that it was offered");
  second.ring.done();
  await second.told("stop");
  assert.deepEqual(second.read(), ["b"]);
  second.exit();
  assert.deepEqual(await stopped, { stuck: ["worker 1: ended before it had finished"], lost: 1 });
  assert.equal(worker.threads, 2);
  const report = worker.report("p");
  assert.deepEqual([report.offered, report.stages[0]?.handled, report.stages[0]?.lost.worker], [2, 1, 1]);
  assertBalanced(report);
});

/** Ends its threads until it rests. */
async function endOften(worker: SupervisedWorker): Promise<void> {
  for (let n = 1; n <= 4; n++) {
    const thread = n === 1 ? await worker.thread(n) : await worker.booted(n);
    thread.exit();
  }
  await turn();
  await turn();
  assert.notEqual(worker.logged("worker failed"), undefined);
}

test("of a worker that rests pipelines move with what was saved last, and the log says so", async (t) => {
  const worker = await SupervisedWorker.start(t, "p", "q");
  await endOften(worker);
  const saved = { name: "p", now: worker.clock.now() - 7, elapsed: 0, position: -1, bytes: [Buffer.from("saved")] };
  worker.state.of = async (names) => names.map((name) => ({ ...saved, name }));
  assert.deepEqual(await worker.supervisor.release(["p", "elsewhere"]), [saved]);
  const told = worker.logged("go on with what was saved of them last");
  assert.deepEqual(told, { worker: 1, pipelines: ["p"], seconds_ago: 7 });
  assert.deepEqual(await worker.supervisor.release(["elsewhere"]), []);
});

test("a worker that rests when it is stopped tells how many events had no thread", async (t) => {
  const worker = await SupervisedWorker.start(t, "p");
  await endOften(worker);
  worker.write(5, "a", "b");
  assert.deepEqual(await worker.supervisor.stop(10), { stuck: [], lost: 10 });
  const report = worker.report("p");
  assert.deepEqual([report.offered, report.shed], [10, 10]);
  assertBalanced(report);
});

test("a reload that is under way when it is stopped comes first", async (t) => {
  const worker = await SupervisedWorker.start(t, "p");
  const thread = await worker.thread(1);
  const release = await worker.supervisor.reserve();
  const stopped = worker.supervisor.stop(10);
  await turn();
  assert.deepEqual(thread.heard, ["prepare", "commit"]);
  release();
  await thread.finish();
  assert.deepEqual(await stopped, { stuck: [], lost: 0 });
});

test("a record at which two threads end is set aside: lost to those that were not offered it, and not read again", async (t) => {
  const worker = await SupervisedWorker.start(t, "p", "q", "r");
  worker.write(10, "good", "poison", "after");
  const first = await worker.thread(1);
  first.begin();
  first.begin({ notTo: ["q", "r"] });
  first.exit();
  const second = await worker.booted(2);
  assert.deepEqual([second.begin(), second.ring.isAlone], ["good", true], "which of the two it was is not known yet");
  second.ring.done();
  assert.equal(second.begin({ notTo: ["r"] }), "poison");
  second.exit();
  const third = await worker.booted(3);
  assert.deepEqual(third.read(), ["after"]);
  assert.deepEqual(worker.logged("set aside"), { worker: 1, events: 10 });
  const reports = ["p", "q", "r"].map((name) => worker.report(name));
  assert.deepEqual(
    reports.map(({ offered, lost, stages }) => [offered, lost.worker, stages[0]?.lost.worker, stages[0]?.handled]),
    [
      // What a pipeline was offered went with the thread; the fake ones handle nothing until they read on.
      [30, 0, 20, 10],
      [30, 0, 20, 10],
      [30, 10, 10, 10],
    ],
  );
  assertBalanced(...reports);
});

test("threads that end while they work on nothing, or each on another record, have nothing set aside", async (t) => {
  const worker = await SupervisedWorker.start(t, "p", "q");
  worker.write(1, "a", "b", "c");
  const first = await worker.thread(1);
  first.begin({ notTo: ["q"] });
  first.exit();
  const second = await worker.booted(2);
  assert.deepEqual(second.read(2), ["a", "b"]);
  second.begin({ notTo: ["q"] });
  second.exit();
  const third = await worker.booted(3);
  assert.deepEqual(third.read(), ["c"]);
  assert.equal(worker.logged("set aside"), undefined);
  assert.deepEqual([worker.report("p").offered, worker.report("q").offered], [3, 3]);
  assertBalanced(worker.report("p"), worker.report("q"));
});

test("what threads that are gone had of a target is shown until the thread of now has closed it", async (t) => {
  const worker = await SupervisedWorker.start(t, "p");
  const held = { pending: 0, spilled: 0, oldest: null, circuit: "closed" } as const;
  const reports = [reportOf({ ...newTargetCounts(), taken: 3, delivered: 3 }, { target: "a", ...held })];
  const shown = () => worker.supervisor.targets.map(({ target, taken }) => `${target} ${taken}`);
  const says = async (thread: FakeThread, told: typeof reports): Promise<void> => {
    thread.say({ kind: "targets", reports: told, transits: [] });
    for (let turns = 0; turns < 20; turns++) await turn();
  };
  const first = await worker.thread(1);
  await says(first, reports);
  first.exit();
  const second = await worker.thread(2);
  await second.boot();
  await says(second, []);
  assert.deepEqual(shown(), ["a 3"], "it has not opened it");
  await says(second, reports);
  assert.deepEqual(shown(), ["a 3", "a 3"]);
  await says(second, []);
  assert.deepEqual(shown(), []);
});
