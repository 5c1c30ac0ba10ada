import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventOrList } from "../../src/core/event-list.ts";
import type { SinkBooks, TargetSettings, WorkerTargetSpec } from "../../src/core/target-port.ts";
import { DELIVERY_DEFAULTS } from "../../src/delivery/options.ts";
import { Targets } from "../../src/delivery/targets.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** What nobody asks about. */
const BOOKS: SinkBooks = {
  isEnded: false,
  wantsReturns: false,
  settlement: { counts: new Float64Array(6), at: 0 },
  pass() {},
  taken() {},
  delivered() {},
  dropped() {},
  lost() {},
  handedOver() {},
  returned() {},
};

class Rig {
  readonly clock = new VirtualClock(1_000);
  /** What was written, by whose writer. */
  readonly written: [by: string, items: number][] = [];
  readonly closed: string[] = [];
  readonly targets: Targets;

  constructor(workers = 1) {
    const log = { info() {}, warn() {}, error() {} };
    this.targets = new Targets({ clock: this.clock, log, random: () => 0.5, dataDir: null, tell() {} }, {}, workers);
  }

  /** A target as a sink in a version of a route file describes it. */
  spec(by: string, settings: Partial<TargetSettings> = {}, isOwn = false): WorkerTargetSpec {
    return {
      ...{ id: "t", label: "t", settings: { ...DELIVERY_DEFAULTS, ...settings }, isOwn },
      open: () => ({
        write: async (items: readonly EventOrList[]) => void this.written.push([by, items.length]),
        close: () => void this.closed.push(by),
      }),
    };
  }

  async wait(seconds: number): Promise<void> {
    await settled();
    this.clock.advanceTo(this.clock.now() + seconds);
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let n = 0; n < 5; n++) await new Promise((resolve) => setImmediate(resolve));
}

test("all sinks of a target have one writer, that of the oldest that runs", async () => {
  const rig = new Rig();
  const [spec, other] = [rig.spec("old"), rig.spec("new")];
  const old = [rig.targets.use(spec, BOOKS), rig.targets.use(spec, BOOKS)];
  const young = rig.targets.use(other, BOOKS);
  young.offer([], 1, 1, []);
  await settled();
  old[0]?.release();
  young.offer([], 1, 1, []);
  await settled();
  old[1]?.release();
  young.offer([], 1, 1, []);
  await settled();
  assert.deepEqual(rig.written, [["old", 1], ["old", 1], ["new", 1]]); // biome-ignore format: short
  assert.deepEqual(rig.closed, ["old"]);
});

test("a variant that goes before its turn is closed unused", () => {
  const rig = new Rig();
  rig.targets.use(rig.spec("old"), BOOKS);
  rig.targets.use(rig.spec("new"), BOOKS).release();
  assert.deepEqual(rig.closed, ["new"]);
});

test("a target that nobody feeds is closed half a minute later, unless a sink takes it up, in its own way", async () => {
  const rig = new Rig();
  rig.targets.use(rig.spec("old"), BOOKS).release();
  await rig.wait(29);
  const young = rig.targets.use(rig.spec("new"), BOOKS);
  assert.deepEqual(rig.closed, ["old"]);
  young.offer([], 1, 1, []);
  await rig.wait(60);
  assert.deepEqual(rig.written, [["new", 1]]);
  young.release();
  await rig.wait(29);
  assert.deepEqual(rig.closed, ["old"]);
  await rig.wait(2);
  assert.deepEqual(rig.closed, ["old", "new"]);
  assert.deepEqual(rig.targets.reports(), []);
});

test("a sink that comes and ends while its target is about to be closed has what it gave sent", async () => {
  const rig = new Rig();
  const spec = rig.spec("a");
  rig.targets.use(spec, BOOKS).release();
  await settled();
  rig.clock.advanceTo(rig.clock.now() + 30); // it is found that nobody feeds it ...
  const port = rig.targets.use(spec, BOOKS); // ... and before anything else happens somebody does
  port.offer([], 1, 1, []);
  port.release();
  await settled();
  assert.deepEqual([rig.written, rig.closed], [[["a", 1]], []]);
  await rig.wait(31);
  assert.deepEqual(rig.closed, ["a"]);
});

for (const [workers, isOwn, room] of [
  [1, false, 10],
  [4, false, 2],
  [20, false, 1],
  [4, true, 10],
] as const)
  test(`of 10 events ${room} wait in one of ${workers} workers${isOwn ? " that alone has the sink" : ""}`, () => {
    const rig = new Rig(workers);
    const port = rig.targets.use(rig.spec("a", { maxEvents: 10 }, isOwn), BOOKS);
    for (let n = 0; n < 20; n++) port.offer([], 1, 1, []);
    assert.equal(rig.targets.reports()[0]?.pending, room);
  });
