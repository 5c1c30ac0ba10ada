import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import type { ProcessTargetSpec, TargetSettings, TargetWriter } from "../../src/core/target-port.ts";
import { Books } from "../../src/delivery/books.ts";
import { DeadLetters } from "../../src/delivery/dead-letters.ts";
import { DeliveryFailure } from "../../src/delivery/failure.ts";
import type { Handover, HandoverAnswer } from "../../src/delivery/handover.ts";
import { HandoverReceiver } from "../../src/delivery/handover-receiver.ts";
import { HandoverTargets } from "../../src/delivery/handover-targets.ts";
import { DELIVERY_DEFAULTS } from "../../src/delivery/options.ts";
import { Letter } from "../../src/delivery/rendered.ts";
import { totalsOf } from "../../src/delivery/target-totals.ts";
import { Targets } from "../../src/delivery/targets.ts";
import {
  ACCEPTED,
  add,
  HANDLED,
  newCounts,
  OFFERED,
  RECEIVED,
  readLedger,
  rowAt,
  writeOff,
} from "../../src/engine/ledger.ts";
import type { StageReport } from "../../src/engine/report.ts";
import { StageAccount } from "../../src/engine/stage-account.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

/** Lets messages go to and fro. */
async function settled(): Promise<void> {
  for (let hops = 0; hops < 8; hops++) await new Promise((resolve) => setImmediate(resolve));
}

/** The main thread, whose writer answers as it is told. */
class Process {
  readonly clock = new VirtualClock(1_000);
  readonly writes: { readonly config: unknown; readonly items: readonly unknown[] }[] = [];
  answer: (items: readonly unknown[]) => Promise<void> = async () => {};
  opened = 0;
  closed = 0;
  readonly scope = {
    clock: this.clock,
    log: { info() {}, warn() {}, error() {} },
    random: () => 0.5,
    dataDir: null,
    tell() {},
  };
  readonly targets = new Targets(this.scope, { stub: async () => ({ open: (config) => this.#open(config) }) });

  get written(): unknown[] {
    return this.writes.flatMap(({ items }) => items);
  }

  async wait(seconds: number): Promise<void> {
    const end = this.clock.now() + seconds;
    await settled();
    while (this.clock.runNext(end)) await settled();
  }

  #open(config: unknown): TargetWriter<unknown> {
    this.opened++;
    return {
      write: (items) => {
        this.writes.push({ config, items });
        return this.answer(items);
      },
      close: () => void this.closed++,
    };
  }
}

/** A worker thread with one sink in one pipeline; messages are cloned, as between threads. */
class Worker {
  readonly counts = newCounts(1);
  readonly dead: Event[] = [];
  readonly passed: number[] = [];
  readonly #receiver: HandoverReceiver;
  readonly #targets: HandoverTargets;
  readonly #spec: ProcessTargetSpec<unknown>;
  readonly #books: Books;
  readonly #port: ReturnType<HandoverTargets["use"]>;
  #isGone = false;

  constructor(process: Process, workers: number, options: Partial<TargetSettings> & { config?: unknown } = {}) {
    const { config = null, ...settings } = options;
    const later = (work: () => void): void => void setImmediate(work);
    this.#receiver = new HandoverReceiver(process.targets, workers, (answer) => {
      const copy: HandoverAnswer = structuredClone(answer);
      later(() => {
        if (!this.#isGone) this.#targets.receive(copy);
      });
    });
    const post = (message: Handover): void => {
      const copy = structuredClone(message);
      later(() => this.#receiver.receive(copy));
    };
    this.#targets = new HandoverTargets(new Targets(process.scope, {}, workers), {
      scope: process.scope,
      workers,
      post,
    });
    this.#spec = {
      ...{ id: "the target", label: "t", settings: { ...DELIVERY_DEFAULTS, ...settings } },
      ...{ kind: "stub", config: () => config, render: (value) => value },
    };
    const branch = {
      receive: (value: Event) => void this.dead.push(value),
      ...{ close() {}, evict: () => false, isInitial: () => true, save: () => null },
    };
    const account = new StageAccount(this.counts, 0);
    const emit = (): void => {};
    this.#books = new Books(Object.assign(Object.create(null), { account, emit }), new DeadLetters(branch, "stub"));
    this.#port = this.#targets.use(this.#spec, this.#books);
  }

  /** Gives an item, as the sink does. */
  give(item: number, rendered: unknown = item, attributes = {}): void {
    const original = event({ service: String(item), time: 1, attributes });
    for (const slot of [OFFERED, ACCEPTED, rowAt(0) + RECEIVED]) add(this.counts, slot, 1);
    const place = this.#port.offer(new Letter(rendered, original), 1, 100, original);
    const handled = (): void => {
      if (!this.#isGone) add(this.counts, rowAt(0) + HANDLED, 1);
      this.passed.push(item);
    };
    if (place === null) handled();
    else void place.then(handled);
  }

  /** Gives what cannot be sent. */
  refuse(item: number): void {
    for (const slot of [OFFERED, ACCEPTED, rowAt(0) + RECEIVED, rowAt(0) + HANDLED]) add(this.counts, slot, 1);
    this.#port.refuse(event({ service: String(item), time: 1 }), "no text");
  }

  /** The run of its pipeline ends. */
  end(): void {
    this.#books.isEnded = true;
    this.#port.release();
  }

  /** Its thread exits, in the middle of a turn. */
  exit(): Promise<void> {
    this.#targets.end();
    return this.die();
  }

  /** What it has not sent dies with it. */
  async die(): Promise<void> {
    this.#isGone = true;
    this.#targets.close();
    await settled(); // what it had sent is heard first
    this.#receiver.end();
    writeOff(this.counts, 1);
  }

  get reports() {
    return this.#receiver.reports(this.#targets.transits());
  }

  get report(): StageReport {
    const about = { name: "p", file: "", line: 1, worker: 1, workers: [1], placement: "" };
    const [row] = readLedger(this.counts, ["stub#0"], about).stages;
    assert.ok(row !== undefined);
    const lost = Object.values(row.dropped).reduce((sum, n) => sum + n, 0);
    assert.equal(row.handled, row.delivered + row.pending + lost, JSON.stringify(row));
    return row;
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

test("what several workers give goes through one writer, and is counted where it was given", async () => {
  const process = new Process();
  const workers = [new Worker(process, 2), new Worker(process, 2)];
  for (const n of range(0, 20)) workers[n % 2]?.give(n);
  await process.wait(1);
  assert.equal(process.opened, 1);
  assert.deepEqual(
    process.written.toSorted((a, b) => Number(a) - Number(b)),
    range(0, 20),
  );
  assert.deepEqual(workers.map(({ report }) => [report.delivered, report.pending]), [[10, 0], [10, 0]]); // biome-ignore format: a table
});

test("the order of a worker's items is kept, over failures too", async () => {
  const process = new Process();
  const worker = new Worker(process, 1, { batch: { events: 3, bytes: 1e6, seconds: 0 } });
  let failures = 4;
  process.answer = async () => {
    if (failures-- > 0) throw new DeliveryFailure("retry", "down");
  };
  for (const n of range(0, 10)) worker.give(n);
  await process.wait(60);
  assert.deepEqual([...new Set(process.written)], range(0, 10));
  assert.equal(worker.report.delivered, 10);
});

test("what is given up goes to the dead letters of the worker that gave it, and is counted there", async () => {
  const process = new Process();
  const worker = new Worker(process, 1);
  process.answer = async (items) => {
    if (items.includes(3)) throw new DeliveryFailure("refused", "no", { answer: "bad item" });
  };
  for (const n of range(0, 6)) worker.give(n);
  await process.wait(1);
  assert.deepEqual([worker.report.delivered, worker.report.dropped.refused], [5, 1]);
  assert.deepEqual(worker.dead.map(({ service, attributes }) => [service, attributes["fast-ts reason"]]), [["3", "refused: bad item"]]); // biome-ignore format: a table
});

test("beyond the bound the oldest are dropped, whoever gave them", async () => {
  const process = new Process();
  const [one, two] = [new Worker(process, 2, { maxEvents: 10 }), new Worker(process, 2, { maxEvents: 10 })];
  process.answer = () => new Promise(() => {});
  for (const n of range(0, 10)) one.give(n);
  await process.wait(0);
  for (const n of range(10, 15)) two.give(n);
  await process.wait(0);
  const held = one.report.pending + two.report.pending;
  assert.equal(held, 10, "the bound holds for the process");
  assert.equal(two.report.pending + two.report.dropped.overflow, 5);
});

test("who waits for room waits in the worker, within the bound of the process, and nothing is dropped", async () => {
  const process = new Process();
  const options = { maxEvents: 40, onFull: "wait", batch: { events: 5, bytes: 1e6, seconds: 0 } } as const;
  const workers = [new Worker(process, 2, options), new Worker(process, 2, options)];
  const open: (() => void)[] = [];
  process.answer = () => new Promise((resolve) => open.push(resolve));
  for (const n of range(0, 200)) workers[n % 2]?.give(n);
  for (let rounds = 0; rounds < 100; rounds++) {
    await process.wait(0);
    const held = workers.reduce((sum, { report }) => sum + report.pending, 0);
    assert.ok(held <= 40, `${held} are held`);
    open.shift()?.();
  }
  await process.wait(1);
  assert.equal(new Set(process.written).size, 200);
  assert.equal(process.written.length, 200);
  assert.deepEqual(workers.map(({ report }) => report.delivered), [100, 100]); // biome-ignore format: a table
});

test("a worker that dies loses nothing of what it had handed over", async () => {
  const process = new Process();
  const worker = new Worker(process, 1);
  let open = (): void => {};
  process.answer = () =>
    new Promise((resolve) => {
      open = resolve;
    });
  for (const n of range(0, 200)) worker.give(n);
  await worker.die(); // in the same turn: the last few of so many are not on their way yet
  await process.wait(0);
  assert.deepEqual([worker.report.pending, worker.report.dropped.failed], [192, 8]);
  for (let writes = 0; writes < 5; writes++) {
    open();
    await process.wait(0);
  }
  assert.deepEqual([worker.report.delivered, worker.report.pending, worker.report.dropped.failed], [192, 0, 8]);
  assert.deepEqual(process.written, range(0, 192));
});

test("a worker that exits in the middle of a turn loses nothing of what it had taken", async () => {
  const process = new Process();
  const worker = new Worker(process, 1);
  for (const n of range(0, 300)) worker.give(n);
  await worker.exit();
  await process.wait(1);
  assert.deepEqual([process.written, worker.report.delivered], [range(0, 300), 300]);
});

test("what cannot cross threads is given up, and counted once", async () => {
  const process = new Process();
  const worker = new Worker(process, 1);
  worker.give(1, () => "a function");
  worker.give(2);
  await process.wait(1);
  assert.deepEqual([worker.report.delivered, worker.report.dropped.refused, worker.report.pending], [1, 1, 0]);
  assert.deepEqual(worker.dead.map(({ service }) => service), ["1"]); // biome-ignore format: short
});

test("what is merged is counted where it was given, and is no dead letter", async () => {
  const process = new Process();
  const worker = new Worker(process, 1, { isForPeople: true, batch: { events: 1, bytes: 1e6, seconds: 0 } });
  let isUp = false;
  process.answer = async () => {
    if (!isUp) throw new DeliveryFailure("retry", "away");
  };
  for (const n of range(0, 3)) worker.give(n, n, { "alert key": "a", "alert phase": "repeat" });
  await process.wait(5);
  isUp = true;
  await process.wait(5);
  assert.deepEqual([worker.report.delivered, worker.report.dropped.merged, worker.report.pending], [1, 2, 0]);
  assert.deepEqual(worker.dead, []);
});

test("what nothing can be made of that could be sent is given up in the worker, and counted once", async () => {
  const process = new Process();
  const worker = new Worker(process, 1);
  worker.refuse(1);
  worker.give(2);
  await process.wait(1);
  assert.deepEqual([worker.report.delivered, worker.report.dropped.refused, worker.report.pending], [1, 1, 0]);
  assert.deepEqual(
    worker.dead.map(({ service, attributes }) => [service, attributes["fast-ts reason"]]),
    [["1", "refused: no text"]],
  );
  const [total] = totalsOf([...process.targets.reports(), ...worker.reports]);
  assert.deepEqual([total?.taken, total?.delivered, total?.dropped.refused, total?.pending], [2, 1, 1, 0]);
});

test("a sink with another configuration takes the target over when the old one has ended", async () => {
  const process = new Process();
  const old = new Worker(process, 2, { config: "old" });
  old.give(1);
  await process.wait(0);
  const young = new Worker(process, 2, { config: "new" });
  young.give(2);
  await process.wait(0);
  old.end();
  await process.wait(0);
  young.give(3);
  await process.wait(0);
  assert.deepEqual(process.writes, [
    { config: "old", items: [1] },
    { config: "old", items: [2] },
    { config: "new", items: [3] },
  ]);
  assert.equal(process.closed, 1);
  young.end();
  await process.wait(31);
  assert.equal(process.closed, 2, "nobody feeds it any more");
  assert.deepEqual(process.targets.reports(), []);
});

test("whatever happens, the books balance, nothing comes twice, and what is neither dropped nor lost arrives", async () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("give" as const), worker: fc.nat(2), count: fc.nat(8) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("answer" as const),
        fails: fc.constantFrom(null, "retry", "refused", "failed"),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("die" as const), worker: fc.nat(2) }) },
  );
  const options = fc.record({
    maxEvents: fc.integer({ min: 1, max: 30 }),
    onFull: fc.constantFrom("drop-oldest" as const, "drop-newest" as const, "wait" as const),
    concurrency: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { maxLength: 30 }), async (settings, steps) => {
      const process = new Process();
      const batch = { events: 4, bytes: 1e6, seconds: 0 };
      const workers = range(0, 3).map(() => new Worker(process, 3, { ...settings, batch }));
      const gone = new Set<Worker>();
      const open: (() => void)[] = [];
      const taken: unknown[] = [];
      process.answer = (items) =>
        new Promise((resolve, reject) => {
          open.push(() => {
            taken.push(...items);
            resolve();
          });
          refuse = (verdict) => {
            open.pop();
            reject(new DeliveryFailure(verdict, "no"));
          };
        });
      let refuse: (verdict: "retry" | "refused" | "failed") => void = () => {};
      let item = 0;
      for (const one of steps) {
        if (one.kind === "give") {
          const worker = workers[one.worker];
          if (worker !== undefined && !gone.has(worker)) for (let n = 0; n < one.count; n++) worker.give(item++);
        } else if (one.kind === "answer") {
          if (one.fails === null) open.shift()?.();
          else if (open.length === 1) refuse(one.fails as "retry");
        } else if (one.kind === "wait") await process.wait(one.seconds);
        else {
          const worker = workers[one.worker];
          if (worker !== undefined && !gone.has(worker)) {
            gone.add(worker);
            await worker.die();
          }
        }
      }
      process.answer = async (items) => void taken.push(...items);
      for (const answer of open) answer();
      await process.wait(120);
      for (let rounds = 0; rounds < 200 && workers.some(({ report }) => report.pending > 0); rounds++)
        await process.wait(1);
      assert.equal(new Set(taken).size, taken.length, "nothing comes twice");
      let delivered = 0;
      for (const worker of workers) {
        const { report } = worker;
        assert.equal(report.pending, 0);
        delivered += report.delivered;
      }
      assert.equal(delivered, taken.length);
      const [total] = totalsOf([...process.targets.reports(), ...workers.flatMap(({ reports }) => reports)]);
      if (total === undefined || gone.size > 0) return;
      const { pending, dropped } = total;
      assert.equal(total.taken, total.delivered + pending + Object.values(dropped).reduce((sum, n) => sum + n, 0));
      assert.equal(
        total.taken,
        workers.reduce((sum, { report }) => sum + report.handled, 0),
      );
    }),
    { numRuns: rounds(60) },
  );
});
