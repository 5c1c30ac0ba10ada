import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpillSettings, TargetSettings } from "../../src/core/target-port.ts";
import { DeliveryFailure } from "../../src/delivery/failure.ts";
import type { SpillFiles } from "../../src/delivery/open-store.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { MemoryFiles } from "../state/memory-files.ts";
import { Rig, range, SETTINGS, settled, VALUE } from "./target-rig.ts";

const ONE = { events: 1, bytes: 1000, seconds: 0 };
const SPILL: SpillSettings = { dir: "/spill", maxBytes: 1024 ** 2, fsync: 1 };
/** Longer than what is written together waits. */
const WRITTEN_SECONDS = 0.06;

/** A machine on which one process follows the other. */
class Machine implements SpillFiles {
  readonly files = new MemoryFiles();
  readonly #locks = new Set<string>();
  readonly takeLock: SpillFiles["takeLock"] = async (path) => {
    if (this.#locks.has(path)) return null;
    this.#locks.add(path);
    return { release: async () => void this.#locks.delete(path) };
  };

  /** A process that begins, and one target in it. */
  start(settings: Partial<TargetSettings> = {}, spill: Partial<SpillSettings> = {}, offset = 0): Rig {
    return new Rig({ spill: { ...SPILL, ...spill }, ...settings }, () => 0.5, this, offset);
  }

  /** What segments take. */
  get bytes(): number {
    const segments = this.files.names().filter((name) => name.endsWith(".seg"));
    return segments.reduce((sum, name) => sum + this.files.content(name).length, 0);
  }

  kill(): void {
    this.files.kill();
    this.files.fault = () => null;
    this.#locks.clear();
  }

  cutPower(random: () => number): void {
    this.files.restart(random);
    this.#locks.clear();
  }
}

const never = (): Promise<void> => new Promise(() => {});
const down = (): Promise<void> => Promise.reject(new DeliveryFailure("retry", "down"));

/** A process to which all that waits is delivered. Returns what that was. */
async function drain(machine: Machine, settings: Partial<TargetSettings> = {}): Promise<number[]> {
  const rig = machine.start(settings);
  await settled();
  await rig.wait(10);
  assert.equal(rig.target.report.spilled + rig.target.report.pending, 0);
  assert.ok(rig.isBalanced);
  await rig.target.close();
  return rig.writes.flat();
}

test("what is delivered at once does not come to the disk", async () => {
  const machine = new Machine();
  const rig = machine.start();
  await settled();
  machine.files.fault = (call) => (call === "write" ? new Error("no write is needed") : null);
  for (let n = 0; n < 20; n++) {
    await rig.give(...range(n * 10, n * 10 + 10));
    await rig.wait(WRITTEN_SECONDS);
  }
  assert.deepEqual(rig.writes.flat(), range(0, 200));
  assert.equal(rig.target.report.spillFailures, 0);
});

test("what a target takes within some milliseconds does not come to the disk, whenever it comes", async () => {
  const machine = new Machine();
  const rig = machine.start();
  await settled();
  machine.files.fault = (call) => (call === "write" ? new Error("no write is needed") : null);
  rig.answer = () => new Promise((resolve) => void rig.clock.after(0.01, resolve));
  for (let n = 0; n < 100; n++) {
    await rig.give(n);
    await rig.wait(0.012);
  }
  assert.deepEqual(rig.writes.flat(), range(0, 100));
  assert.equal(rig.target.report.spillFailures, 0);
});

test("what waits is on disk after 50 ms, and sent by the next process, in order", async () => {
  const machine = new Machine();
  const rig = machine.start();
  rig.answer = never;
  await rig.give(...range(0, 35));
  assert.equal(rig.target.report.spilled, 0);
  await rig.wait(WRITTEN_SECONDS);
  assert.deepEqual([rig.target.report.pending, rig.target.report.spilled], [0, 35]);
  machine.kill();
  assert.deepEqual(await drain(machine), range(0, 35));
  assert.deepEqual(await drain(machine), [], "each is sent by one process");
});

test("what is taken while the old items are not found yet comes after them", async () => {
  const machine = new Machine();
  const first = machine.start();
  first.answer = down;
  await first.give(1, 2, 3);
  await first.target.close();
  const rig = machine.start();
  void rig.target.offer(rig.books, 4, 1, 100, VALUE);
  await settled();
  await rig.wait(1);
  assert.deepEqual(rig.writes.flat(), [1, 2, 3, 4]);
  assert.equal(rig.target.report.recovered, 3);
  assert.ok(rig.isBalanced);
});

test("a process that ends spills what is left, and nothing comes twice", async () => {
  const machine = new Machine();
  const rig = machine.start();
  await rig.give(1, 2);
  rig.answer = down;
  await rig.give(3, 4, 5);
  await rig.target.close();
  assert.deepEqual([rig.target.report.pending, rig.target.report.spilled], [0, 3]);
  assert.deepEqual(await drain(machine), [3, 4, 5]);
});

test("what is delivered right before the end is not sent again", async () => {
  const machine = new Machine();
  const rig = machine.start();
  rig.answer = down;
  await rig.give(...range(0, 10));
  await rig.wait(WRITTEN_SECONDS);
  rig.answer = async () => {};
  while (rig.books.held > 0) await rig.wait(0.01);
  await rig.target.close();
  assert.deepEqual(await drain(machine), []);
});

test("beyond what the memory may hold the disk is the queue, and its items come back to their givers", async () => {
  const machine = new Machine();
  const rig = machine.start({ maxEvents: 40, maxBytes: 4_000 });
  let isUp = false;
  rig.answer = () => (isUp ? Promise.resolve() : down());
  for (let n = 0; n < 50; n++) {
    await rig.give(...range(n * 20, n * 20 + 20));
    await rig.wait(WRITTEN_SECONDS);
  }
  assert.deepEqual(rig.books.gone, []);
  assert.equal(rig.target.report.spilled, 1000);
  isUp = true;
  await rig.wait(60);
  assert.deepEqual([...new Set(rig.writes.flat())], range(0, 1000));
  assert.deepEqual([rig.books.held, rig.books.count], [0, 1000]);
});

test("when the disk may hold no more the oldest segment goes, or what comes", async () => {
  for (const onFull of ["drop-oldest", "drop-newest"] as const) {
    const machine = new Machine();
    const rig = machine.start({ onFull, maxEvents: 100 }, { maxBytes: 8 * 1024 });
    rig.answer = never;
    for (let n = 0; n < 100; n++) {
      await rig.give(...range(n * 20, n * 20 + 20));
      await rig.wait(WRITTEN_SECONDS);
      assert.ok(rig.isBalanced);
      assert.equal(rig.books.held, rig.target.report.pending + rig.target.report.spilled);
    }
    const { dropped } = rig.target.report;
    assert.equal(dropped.overflow, rig.books.gone.length);
    assert.ok(dropped.overflow > 500, String(dropped.overflow));
    assert.equal(rig.books.gone.includes(1999), onFull === "drop-newest");
    machine.kill();
    const later = await drain(machine);
    const kept = new Set([...later, ...(rig.writes[0] ?? [])]);
    const gone = new Set(rig.books.gone);
    for (const item of range(0, 2000)) assert.notEqual(kept.has(item), gone.has(item), String(item));
  }
});

test("the oldest segment goes with what failed of it and waits for its next try: the newest stay", async () => {
  const machine = new Machine();
  const rig = machine.start({ maxEvents: 100 }, { maxBytes: 8 * 1024 });
  rig.answer = down;
  for (let n = 0; n < 100; n++) {
    await rig.give(...range(n * 20, n * 20 + 20));
    await rig.wait(WRITTEN_SECONDS);
    assert.ok(rig.isBalanced);
    assert.equal(rig.books.held, rig.target.report.pending + rig.target.report.spilled);
  }
  assert.deepEqual(rig.books.gone, range(0, rig.books.gone.length), "the oldest, and in order");
  const before = rig.writes.length;
  rig.answer = async () => {};
  await rig.wait(60);
  assert.deepEqual(rig.writes.slice(before).flat(), range(rig.books.gone.length, 2000));
});

test("a stop waits for a target that fails only while what it holds would be lost", async () => {
  const isOver = async (rig: Rig, seconds: number): Promise<boolean> => {
    let over = false;
    void rig.target.finish().then(() => {
      over = true;
    });
    await rig.wait(seconds);
    return over;
  };
  const fails = new Machine().start();
  fails.answer = down;
  await fails.give(1, 2);
  await fails.wait(1);
  assert.equal(await isOver(fails, 0), true, "its last tries failed");
  await fails.target.close();
  assert.deepEqual([fails.target.report.pending, fails.target.report.spilled], [0, 2]);

  const silent = new Machine().start({ timeout: 5 });
  silent.answer = never;
  await silent.give(1);
  assert.equal(await isOver(silent, 4), false, "it may still answer");
  await silent.wait(2);
  assert.equal(await isOver(silent, 0), true);

  const machine = new Machine();
  const noDisk = machine.start();
  noDisk.answer = down;
  await noDisk.wait(1);
  machine.files.fault = () => new Error("ENOSPC");
  await noDisk.give(1);
  await noDisk.wait(2);
  assert.equal(await isOver(noDisk, 60), false);

  const memory = new Rig();
  memory.answer = down;
  await memory.give(1);
  assert.equal(await isOver(memory, 60), false);
});

test("who waits for room gets it when the disk has some again", async () => {
  const machine = new Machine();
  const rig = machine.start({ onFull: "wait", maxEvents: 20 }, { maxBytes: 2 * 1024 });
  rig.answer = down;
  for (let n = 0; n < 400; n++) {
    void rig.target.offer(rig.books, n, 1, 100, VALUE);
    if (n % 10 === 9) await rig.wait(WRITTEN_SECONDS);
  }
  assert.ok(rig.books.passed.length < 300);
  rig.answer = async () => {};
  await rig.wait(60);
  assert.equal(rig.books.passed.length, 400);
  assert.deepEqual([rig.books.held, rig.books.count], [0, 400]);
});

test("while the disk fails the memory has its limits; what it holds is written once the disk works", async () => {
  const machine = new Machine();
  const rig = machine.start({ maxEvents: 50 });
  rig.answer = never;
  await rig.give(...range(0, 10));
  await rig.wait(WRITTEN_SECONDS);
  machine.files.fault = (call) => (call === "write" ? new Error("ENOSPC: no space left on device") : null);
  await rig.give(...range(10, 20));
  await rig.wait(10);
  await rig.give(...range(20, 100));
  assert.equal(rig.target.report.spillFailures, 1);
  assert.equal(rig.messages("cannot spill: what comes now waits in memory alone, within maxEvents and maxBytes"), 1);
  assert.equal(rig.books.held, 50);
  assert.ok(rig.books.gone.length === 50 && !rig.books.gone.includes(99));
  machine.files.fault = () => null;
  await rig.wait(2);
  assert.equal(rig.messages("the disk takes spill again"), 1);
  assert.equal(rig.target.report.spilled, 50);
  machine.kill();
  const later = await drain(machine);
  assert.deepEqual(
    range(0, 100).filter((item) => !later.includes(item)),
    rig.books.gone.filter((item) => !later.includes(item)).toSorted((a, b) => a - b),
  );
});

test("a disk that is full of spill has room again once that is delivered", async () => {
  const machine = new Machine();
  const rig = machine.start();
  rig.answer = down;
  await rig.give(...range(0, 50));
  await rig.wait(WRITTEN_SECONDS);
  machine.files.capacity = machine.files.bytes;
  await rig.give(...range(50, 60));
  await rig.wait(2);
  assert.match(rig.target.report.spillError ?? "", /ENOSPC/);
  rig.answer = async () => {};
  await rig.wait(10);
  assert.deepEqual([rig.books.count, rig.target.report.spillError], [60, null]);
  await rig.target.close();
  assert.deepEqual(await drain(machine), []);
});

test("what is delivered while nothing can be written does not come twice", async () => {
  const machine = new Machine();
  const rig = machine.start();
  rig.answer = down;
  await rig.give(...range(0, 50));
  await rig.wait(WRITTEN_SECONDS);
  machine.files.fault = (call) => (call === "write" ? new Error("ENOSPC: no space left on device") : null);
  await rig.give(...range(50, 60));
  rig.answer = async () => {};
  await rig.wait(10);
  assert.deepEqual([rig.books.count, rig.target.report.spillFailures], [60, 1]);
  await rig.target.close();
  machine.kill();
  assert.deepEqual(await drain(machine), []);
});

test("what is given up in memory while others wait on a disk that fails does not come back from it", async () => {
  const machine = new Machine();
  const rig = machine.start({ maxEvents: 40 });
  rig.answer = down;
  for (let n = 0; n < 10; n++) await rig.give(...range(n * 20, n * 20 + 20)).then(() => rig.wait(WRITTEN_SECONDS));
  assert.equal(rig.target.report.spilled, 200);
  machine.files.fault = (call) => (call === "write" ? new Error("ENOSPC: no space left on device") : null);
  for (let n = 10; n < 20; n++) await rig.give(...range(n * 20, n * 20 + 20)).then(() => rig.wait(WRITTEN_SECONDS));
  machine.files.fault = () => null;
  rig.answer = async () => {};
  await rig.wait(60);
  const sent = new Set(rig.writes.flat());
  assert.ok(rig.books.gone.length > 100);
  assert.deepEqual([rig.books.held, rig.books.count + rig.books.gone.length], [0, 400]);
  for (const item of range(190, 400)) assert.notEqual(sent.has(item), rig.books.gone.includes(item), String(item));
});

test("however long a sync takes, what is taken meanwhile is written within 50 ms, over segments too", async () => {
  const machine = new Machine();
  const rig = machine.start({ maxEvents: 50 }, { maxBytes: 8 * 1024, fsync: 0.1 });
  rig.answer = never;
  let syncs = 0;
  machine.files.syncing = () => {
    syncs++;
    return never();
  };
  for (let n = 1; n <= 40; n++) {
    await rig.give(...range(n * 10 - 10, n * 10));
    await rig.wait(WRITTEN_SECONDS);
    assert.deepEqual([rig.target.report.pending, rig.target.report.spilled], [0, n * 10]);
  }
  assert.equal(syncs, 1, "one at a time");
  assert.ok(machine.files.names().filter((name) => name.endsWith(".seg")).length > 2);
  machine.kill();
  machine.files.syncing = async () => {};
  assert.deepEqual(await drain(machine), range(0, 400));
});

test("a sync that fails is tried again, and told once; what is taken is written all the same", async () => {
  const machine = new Machine();
  const rig = machine.start({ maxEvents: 20 }, { fsync: 0.1 });
  rig.answer = down;
  machine.files.fault = (call) => (call === "sync" ? new Error("EIO: i/o error") : null);
  for (let n = 0; n < 50; n++) {
    await rig.give(n);
    await rig.wait(0.2);
  }
  assert.deepEqual([rig.target.report.spilled, rig.books.gone], [50, []]);
  const told = (): number[] => [
    rig.messages("cannot make the spill safe from a power cut: it is written, and not more"),
    rig.messages("the spill is safe from a power cut again"),
  ];
  assert.deepEqual([told(), rig.target.report.spillError], [[1, 0], "EIO: i/o error"]);
  machine.files.fault = () => null;
  await rig.wait(2);
  assert.deepEqual([told(), rig.target.report.spillError], [[1, 1], null]);
  machine.cutPower(() => 0);
  assert.deepEqual(await drain(machine), range(0, 50), "what was written meanwhile is safe then");
});

test("a directory that cannot be opened is tried again; until then the target is one in memory", async () => {
  const machine = new Machine();
  const first = machine.start();
  first.answer = down;
  await first.give(...range(0, 5));
  await first.target.close();
  machine.files.fault = (call) => (call === "makeDirectory" ? new Error("EACCES: permission denied") : null);
  const rig = machine.start({ maxEvents: 30 });
  await settled();
  rig.answer = down;
  await rig.give(...range(10, 50));
  assert.deepEqual([rig.books.held, rig.target.report.pending], [30, 30]);
  rig.answer = async () => {};
  await rig.wait(20);
  assert.deepEqual([rig.books.held, rig.books.count], [0, 30], "it is sent from memory");
  assert.deepEqual([rig.target.report.spillFailures, rig.target.report.spillError], [1, "EACCES: permission denied"]);
  assert.equal(rig.messages("cannot spill: what comes now waits in memory alone, within maxEvents and maxBytes"), 1);
  rig.answer = down;
  await rig.give(...range(50, 60));
  machine.files.fault = () => null;
  await rig.wait(2);
  assert.equal(rig.messages("the disk takes spill again"), 1);
  assert.deepEqual(
    [rig.target.report.recovered, rig.target.report.spilled, rig.target.report.spillError],
    [5, 15, null],
  );
  const before = rig.writes.length;
  rig.answer = async () => {};
  await rig.wait(60);
  const sent = rig.writes.slice(before).flat();
  assert.deepEqual(
    [...new Set(sent)].filter((item) => item < 10),
    range(0, 5),
  );
  assert.ok(rig.isBalanced);
  await rig.target.close();
  assert.deepEqual(await drain(machine), []);
});

test("what is taken while a slow disk opens the directory is written as soon as it is open", async () => {
  const machine = new Machine();
  let open = (): void => {};
  machine.files.makeDirectory = () => new Promise((resolve) => (open = resolve));
  const rig = machine.start();
  rig.answer = never;
  await rig.give(1, 2, 3);
  await rig.wait(1);
  assert.deepEqual([rig.target.report.pending, rig.target.report.spilled], [3, 0]);
  machine.files.makeDirectory = async () => {};
  open();
  await settled();
  await rig.wait(WRITTEN_SECONDS);
  assert.deepEqual([rig.target.report.pending, rig.target.report.spilled], [0, 3]);
});

test("when one of several logs cannot be opened none stays locked: all are there with the next try", async () => {
  const machine = new Machine();
  for (const rig of [machine.start(), machine.start()]) {
    rig.answer = down;
    await rig.give(1, 2);
    await rig.wait(WRITTEN_SECONDS);
  }
  machine.kill();
  const second = machine.files.names().filter((name) => name.endsWith(".seg"))[1] ?? "";
  machine.files.fault = (call, path) => (call === "openToRead" && path === second ? new Error("EMFILE") : null);
  const rig = machine.start();
  await settled();
  assert.deepEqual([rig.target.report.recovered, rig.target.report.spillFailures], [0, 1]);
  machine.files.fault = () => null;
  await rig.wait(10);
  assert.deepEqual(rig.writes.flat(), [1, 2, 1, 2]);
});

test("after a restart no more than the oldest segment goes at a time, either", async () => {
  const machine = new Machine();
  const first = machine.start({ maxEvents: 20 }, { maxBytes: 8 * 1024 });
  first.answer = down;
  for (let n = 0; n < 20; n++) await first.give(...range(n * 10, n * 10 + 10)).then(() => first.wait(WRITTEN_SECONDS));
  first.answer = async () => {};
  while (first.books.count < 100) await first.wait(0.05);
  await first.target.close();
  const rig = machine.start({ maxEvents: 20 }, { maxBytes: 8 * 1024 });
  rig.answer = down;
  let before = 0;
  for (let n = 20; rig.target.report.dropped.overflow < 400; n++) {
    await rig.give(...range(n * 10, n * 10 + 10));
    await rig.wait(WRITTEN_SECONDS);
    const { overflow } = rig.target.report.dropped;
    assert.ok(overflow - before < 150, `${overflow - before} at once`);
    before = overflow;
  }
  assert.ok(rig.target.report.spilled > 300);
});

test("a thread that takes over more than it may have gives up the oldest segment as more comes, not all beyond", async () => {
  const machine = new Machine();
  const spill = { maxBytes: 8 * 1024 };
  const threads = [0, 1, 2].map(() => machine.start({ maxEvents: 20 }, spill));
  for (const rig of threads) {
    await settled();
    rig.answer = down;
    for (let n = 0; n < 40; n++) await rig.give(...range(n * 12, n * 12 + 12)).then(() => rig.wait(WRITTEN_SECONDS));
    assert.equal(rig.target.report.dropped.overflow, 0);
  }
  machine.kill();
  const before = machine.bytes;
  assert.ok(before > 2 * spill.maxBytes, String(before));
  const rig = machine.start({ maxEvents: 20 }, { ...spill, totalBytes: 3 * spill.maxBytes });
  rig.answer = down;
  await rig.wait(1);
  assert.equal(rig.target.report.dropped.overflow, 0);
  for (let n = 0; n < 10; n++) await rig.give(n).then(() => rig.wait(WRITTEN_SECONDS));
  const { recovered, dropped } = rig.target.report;
  assert.equal(recovered, 3 * 480);
  assert.ok(dropped.overflow > 0 && dropped.overflow <= recovered / 8, String(dropped.overflow));
  assert.ok(machine.bytes <= before);
  for (let n = 0; n < 100; n++) await rig.give(...range(0, 12)).then(() => rig.wait(WRITTEN_SECONDS));
  assert.ok(machine.bytes <= spill.maxBytes, `${machine.bytes}: it comes down to what it may have`);
  rig.answer = async () => {};
  await rig.wait(60);
  assert.deepEqual([rig.target.report.spilled, rig.isBalanced], [0, true]);
});

test("a thread that took over more than its part gives it up as others need theirs: together they keep the bound", async () => {
  const machine = new Machine();
  const whole = machine.start({ maxEvents: 20 }, { maxBytes: 16 * 1024 });
  whole.answer = down;
  for (let n = 0; n < 130; n++) await whole.give(...range(n * 12, n * 12 + 12)).then(() => whole.wait(WRITTEN_SECONDS));
  machine.kill();
  const before = machine.bytes;
  assert.ok(before > 14 * 1024, String(before));
  const part = { maxBytes: 8 * 1024, totalBytes: 16 * 1024 };
  const [idle, busy] = [machine.start({ maxEvents: 20 }, part), machine.start({ maxEvents: 20 }, part)];
  idle.answer = busy.answer = down;
  await idle.wait(2);
  assert.equal(idle.target.report.dropped.overflow, 0, "there is room for all");
  for (let n = 0; n < 60; n++) {
    await busy.give(...range(0, 12));
    for (const rig of [busy, idle]) await rig.wait(WRITTEN_SECONDS);
    if (n % 20 < 19) continue;
    for (const rig of [busy, idle]) await rig.wait(1);
    assert.ok(machine.bytes <= 16 * 1024, String(machine.bytes));
  }
  assert.ok(machine.bytes > 12 * 1024, String(machine.bytes));
  assert.deepEqual([idle.isBalanced, busy.isBalanced], [true, true]);
});

for (const onFull of ["drop-oldest", "drop-newest"] as const)
  test(`with a smaller bound, ${onFull}, a process ${onFull === "drop-oldest" ? "comes down to it" : "sends what there is"}`, async () => {
    const machine = new Machine();
    const first = machine.start({ maxEvents: 20 }, { maxBytes: 16 * 1024 });
    first.answer = down;
    for (let n = 0; n < 80; n++)
      await first.give(...range(n * 12, n * 12 + 12)).then(() => first.wait(WRITTEN_SECONDS));
    await first.target.close();
    const before = machine.bytes;
    const rig = machine.start({ maxEvents: 20, onFull }, { maxBytes: 4 * 1024 });
    rig.answer = down;
    for (let turns = 0; turns < 100; turns++) await settled();
    assert.ok(onFull === "drop-oldest" ? machine.bytes <= 4 * 1024 : machine.bytes === before, String(machine.bytes));
    rig.answer = async () => {};
    await rig.wait(60);
    const { recovered, delivered, dropped } = rig.target.report;
    assert.equal(delivered + dropped.overflow, recovered);
    assert.equal(dropped.overflow > 0, onFull === "drop-oldest");
    assert.ok(rig.isBalanced);
  });

test("the disk never holds more than it may, to the byte, whatever is to happen then", async () => {
  const step = fc.record({
    give: fc.nat({ max: 60 }),
    wait: fc.constantFrom(0.01, WRITTEN_SECONDS, 1),
    isUp: fc.boolean(),
  });
  const onFull = fc.constantFrom("drop-oldest" as const, "drop-newest" as const, "wait" as const);
  await fc.assert(
    fc.asyncProperty(onFull, fc.nat({ max: 3 }), fc.array(step, { maxLength: 40 }), async (full, size, steps) => {
      const machine = new Machine();
      const maxBytes = 1024 * 2 ** size;
      let [offered, most] = [0, 0];
      const write = machine.files.write.bind(machine.files);
      machine.files.write = async (...args) => {
        await write(...args);
        most = Math.max(most, machine.bytes);
      };
      const rig = machine.start({ onFull: full, maxEvents: 30 }, { maxBytes });
      for (const { give, wait, isUp } of steps) {
        rig.answer = isUp ? async () => {} : down;
        await rig.give(...range(offered, offered + give));
        offered += give;
        await rig.wait(wait);
        assert.ok(rig.isBalanced);
        assert.ok(most <= maxBytes, `${most} of ${maxBytes}`);
      }
      rig.answer = async () => {};
      await rig.wait(120);
      assert.equal(rig.books.held, 0, "whoever waited got room");
      assert.equal(rig.books.count + rig.books.gone.length, offered);
      if (full === "wait") assert.deepEqual(rig.books.gone, []);
      if (full === "drop-oldest" && rig.books.gone.length > 0) assert.ok(!rig.books.gone.includes(offered - 1));
    }),
    { numRuns: rounds(40) },
  );
});

test("segments that cannot be read are passed over, each is named in the log, and their items are counted as failed", async () => {
  const machine = new Machine();
  const rig = machine.start({ maxEvents: 20 }, { maxBytes: 8 * 1024 });
  rig.answer = down;
  for (let n = 0; n < 40; n++) {
    await rig.give(...range(n * 10, n * 10 + 10));
    await rig.wait(WRITTEN_SECONDS);
  }
  assert.equal(rig.books.held, 400);
  const segments = machine.files.names().filter((name) => name.endsWith(".seg"));
  assert.ok(segments.length > 3);
  const bad = segments.slice(2, 4);
  machine.files.fault = (call, path) => (call === "openToRead" && bad.includes(path ?? "") ? new Error("EIO") : null);
  rig.answer = async () => {};
  await rig.wait(60);
  assert.equal(rig.books.held, 0);
  const { failed } = rig.target.report.dropped;
  assert.ok(failed > 10 && failed < 300, String(failed));
  for (const path of bad) assert.equal(rig.messages(`a part of the spill cannot be read: ${path} is set aside`), 1);
  assert.equal(rig.books.count, 400 - failed);
  assert.ok(rig.isBalanced);
});

test("a log that another thread has is left to it; the next process sends what all of them left, the older first", async () => {
  const machine = new Machine();
  const rigs = [machine.start(), machine.start(), machine.start()];
  for (const [i, rig] of rigs.entries()) {
    rig.answer = down;
    await rig.give(...range(i * 10, i * 10 + 5));
    await rig.wait(WRITTEN_SECONDS);
  }
  machine.kill();
  const again = machine.start();
  await again.give(99);
  await again.wait(10);
  assert.deepEqual(again.writes.flat(), [...range(0, 5), ...range(10, 15), ...range(20, 25), 99]);
  await again.give(100);
  await again.wait(WRITTEN_SECONDS);
  assert.equal(new Set(machine.files.names().map((name) => name.split("/")[3])).size, 2, "one log is left");
});

test("whatever happens to process, disk and target: what was on disk arrives, nothing is garbled, the books balance", async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 30 }).map((give) => ({ give })) },
    { weight: 3, arbitrary: fc.constantFrom(0.02, WRITTEN_SECONDS, 1.5, 10).map((wait) => ({ wait })) },
    { weight: 1, arbitrary: fc.constantFrom("write", "read", "openToRead", "sync", null).map((fault) => ({ fault })) },
  );
  const life = fc.record({
    steps: fc.array(step, { maxLength: 20 }),
    end: fc.constantFrom("kill", "power", "close"),
    calls: fc.option(fc.nat({ max: 120 }), { nil: Number.POSITIVE_INFINITY }),
    answers: fc.array(fc.constantFrom("ok", "ok", "retry", "retry", "hang", "refused"), { maxLength: 30 }),
    otherwise: fc.constantFrom("ok", "retry"),
    concurrency: fc.constantFrom(1, 3),
  });
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 4 }), chance, async (lives, random) => {
      const machine = new Machine();
      const delivered = new Set<number>();
      const droppedItems = new Set<number>();
      let next = 0;
      const durable = new Set<number>();
      let droppedUnheard = 0;
      for (const { steps, end, calls, answers, otherwise, concurrency } of lives) {
        const rig = machine.start({ concurrency, maxEvents: 40, timeout: 5, retryFor: 1e6 }, { fsync: true });
        const left = [...answers];
        const first = next;
        const isWritten = (): void => {
          for (const item of range(first, next)) durable.add(item);
        };
        rig.answer = async (items) => {
          const reply = left.shift() ?? otherwise;
          if (reply === "hang") await never();
          if (reply !== "ok") throw new DeliveryFailure(reply as "retry", reply);
          for (const item of items) delivered.add(item);
        };
        await settled();
        machine.files.left = calls;
        let hasFault = false;
        for (const one of steps) {
          if ("give" in one) {
            await rig.give(...range(next, next + one.give));
            next += one.give;
          } else if ("wait" in one) await rig.wait(one.wait);
          else {
            hasFault = one.fault !== null;
            const { fault } = one;
            machine.files.fault = (call) => (call === fault ? new Error(`EIO: ${call}`) : null);
          }
          if (machine.files.left <= 0) break;
          assert.ok(rig.isBalanced && rig.books.held >= 0, JSON.stringify(rig.target.report));
          // After a fault a write is tried again within a second.
          if ("wait" in one && one.wait > 1 && !hasFault) isWritten();
        }
        if (end === "close" && machine.files.left > 0) {
          machine.files.fault = () => null;
          await rig.target.close();
        }
        const isCut = machine.files.left <= 0;
        if (end === "close" && !isCut) {
          assert.equal(rig.target.report.pending, 0);
          isWritten();
        }
        for (const item of rig.books.gone) droppedItems.add(item);
        if (isCut || end === "power") machine.cutPower(() => random.next().value ?? 0);
        else machine.kill();
        const { dropped } = rig.target.report;
        // What a process before has spilled has no giver who would hear of it.
        droppedUnheard += Object.values(dropped).reduce((sum, n) => sum + n, 0) - rig.books.gone.length;
      }
      for (const item of await drain(machine)) delivered.add(item);
      const known = new Set(range(0, next));
      for (const item of delivered) assert.ok(known.has(item), `${item} was never given`);
      const missing = [...durable].filter((item) => !delivered.has(item) && !droppedItems.has(item));
      assert.ok(missing.length <= droppedUnheard, `${missing} are lost, ${droppedUnheard} are counted`);
    }),
    { numRuns: rounds(80) },
  );
});

test("what waited on disk is as old after a restart as it is, and never younger than new", async () => {
  const settings = { retryFor: 3_600 };
  for (const [age, left] of [
    [600, 3_000],
    [3_100, 500],
    [99_000, 0],
    [-99_000, 3_600],
  ] as const) {
    const machine = new Machine();
    const first = machine.start();
    first.answer = down;
    await first.give(1);
    await first.wait(500);
    await first.target.close();
    const rig = machine.start(settings, {}, age); // `elapsed` is again what it was when the item came
    rig.answer = down;
    await settled();
    await rig.wait(Math.max(0, left - 10));
    assert.equal(rig.target.report.dropped.failed, left > 0 ? 0 : 1, `${age} s: not before`);
    await rig.wait(30);
    assert.equal(rig.target.report.dropped.failed, 1, `${age} s: then`);
    assert.ok(rig.isBalanced);
  }
});

for (const offset of [-7_200, 7_200]) {
  test(`what comes back from the disk is as old as it is, whatever the clock is set by: ${offset} s`, async () => {
    const rig = new Machine().start({ maxEvents: 8, maxBytes: 100_000, retryFor: 3_600, batch: ONE });
    rig.answer = down;
    await rig.give(...range(0, 20));
    await rig.wait(WRITTEN_SECONDS);
    rig.clock.offset = offset;
    await rig.give(...range(20, 30));
    await rig.wait(3_500);
    assert.deepEqual(rig.books.gone, []);
    await rig.wait(200);
    assert.deepEqual(rig.books.gone, range(0, 30));
    assert.ok(rig.isBalanced);
  });
}

test("what came until a moment is safe once it is delivered, given up, or on disk", async () => {
  const machine = new Machine();
  const rig = machine.start();
  rig.answer = never;
  const isSafe = (until: number): boolean => rig.target.isSafe(until);
  assert.equal(isSafe(rig.clock.elapsed()), true);
  await rig.give(...range(0, 35));
  const first = rig.clock.elapsed();
  rig.clock.offset = -3_600; // which is of no matter
  assert.deepEqual([isSafe(first - 1), isSafe(first)], [true, false]);
  await rig.wait(WRITTEN_SECONDS);
  assert.equal(isSafe(first), true, "it is on disk");
  await rig.give(35);
  const second = rig.clock.elapsed();
  assert.deepEqual([isSafe(first), isSafe(second)], [true, false]);
  machine.files.fault = (call) => (call === "write" ? new Error("no space") : null);
  await rig.wait(WRITTEN_SECONDS);
  assert.equal(isSafe(second), false);
});

test("a target that is to spill from now on has on disk what waits for it, and sends all of it once, in order", async () => {
  const machine = new Machine();
  const batch = { events: 5, bytes: 100_000, seconds: 0 };
  const rig = new Rig({ batch }, () => 0.5, machine);
  rig.answer = down;
  await rig.give(...range(0, 40));
  await rig.wait(1);
  assert.deepEqual([rig.target.report.spilled, rig.target.report.pending], [0, 40]);
  rig.target.settings = { ...SETTINGS, batch, spill: SPILL };
  await settled();
  await rig.give(...range(40, 60));
  await rig.wait(WRITTEN_SECONDS);
  assert.ok(rig.isBalanced);
  assert.deepEqual(
    [rig.target.report.spilled, rig.target.report.pending],
    [55, 5],
    "what was under way stays in memory",
  );
  rig.writes.length = 0;
  rig.answer = async () => {};
  await rig.wait(60);
  assert.deepEqual(rig.writes.flat(), range(0, 60));
  assert.ok(rig.isBalanced);
  rig.answer = down;
  await rig.give(...range(60, 80));
  await rig.wait(WRITTEN_SECONDS);
  await rig.target.close();
  assert.deepEqual(await drain(machine), range(60, 80));
});

test("what lists wait goes on counting as many events when their target spills from now on", async () => {
  const machine = new Machine();
  const batch = { events: 5, bytes: 100_000, seconds: 0 };
  const rig = new Rig({ batch }, () => 0.5, machine);
  rig.answer = down;
  const events = [1, 1, 7, 1, 1, 1, 3, 2, 1, 9, 9, 1, 1];
  for (const [item, count] of events.entries()) void rig.target.offer(rig.books, item, count, 100, VALUE);
  await rig.wait(1);
  rig.target.settings = { ...SETTINGS, batch, spill: SPILL };
  await rig.wait(1);
  assert.ok(rig.target.report.spilled > 0);
  rig.answer = async () => {};
  await rig.wait(60);
  assert.deepEqual(new Set(rig.writes.flat()), new Set(events.keys()));
  assert.equal(
    rig.target.report.deliveredEvents,
    events.reduce((sum, count) => sum + count, 0),
  );
  assert.ok(rig.isBalanced);
});
