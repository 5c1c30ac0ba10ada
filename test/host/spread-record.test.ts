import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { stateName } from "../../src/core/spread.ts";
import { StateStore } from "../../src/host/state-store.ts";
import { NOTHING_KEPT } from "../../src/runtime/kept-state.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { MemoryFiles } from "../state/memory-files.ts";

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const PIPELINES = ["a", "b", "c"];

const partsOf = (workers: number): string[] =>
  PIPELINES.flatMap((name) =>
    Array.from({ length: workers }, (_, n) =>
      workers === 1 ? name : stateName(name, "host", { label: `${n + 1} of ${workers}`, partitionKey: "host" }),
    ),
  );

/** The lock is on the real disk. */
const dir = mkdtempSync(join(tmpdir(), "fast-ts-"));
after(() => rmSync(dir, { recursive: true }));

async function opened(files: MemoryFiles, now: number): Promise<StateStore> {
  const clock = new VirtualClock(now);
  return StateStore.open({ dir, interval: 10, hasJournal: true, clock, log: QUIET, files });
}

function claim(store: StateStore, workers: number): readonly string[] {
  store.begin({ workers, partitionKey: "host" });
  store.claim(partsOf(workers).map((name) => ({ name, edges: [] })));
  return partsOf(workers);
}

function keep(store: StateStore, names: readonly string[], at: number): void {
  for (const name of names) {
    const bytes = [Buffer.from(name)];
    store.keep({ ...NOTHING_KEPT, saved: [{ name, now: at, elapsed: at, position: at, bytes }] });
  }
}

test("whenever a process with another number of workers ends, all pipelines are found of one number", async () => {
  const numbers = fc.integer({ min: 1, max: 4 });
  await fc.assert(
    fc.asyncProperty(numbers, numbers, fc.nat({ max: 200 }), async (before, after, calls) => {
      const files = new MemoryFiles();
      const first = await opened(files, 0);
      keep(first, claim(first, before), 100);
      await first.close();
      const second = await opened(files, 200);
      assert.equal(second.spread.before?.workers, before);
      const names = claim(second, after);
      await second.of(names, false);
      files.left = calls;
      keep(second, names, 300);
      await second.close();
      files.kill();

      const third = await opened(files, 400);
      const workers = third.spread.before?.workers ?? 0;
      const found = await third.of(claim(third, workers), false);
      assert.ok([before, after].includes(workers));
      assert.deepEqual([...new Set(found.map(({ name, from = name }) => from))].sort(), partsOf(workers).sort());
      if (before !== after)
        assert.deepEqual([...new Set(found.map(({ position }) => position))], [workers === before ? 100 : 300]);
      await third.close();
    }),
    { numRuns: rounds(60) },
  );
});

test("the journal is kept for states of another number of workers until all are saved anew, and then those go", async () => {
  const files = new MemoryFiles();
  const first = await opened(files, 0);
  const [before = "", ...others] = claim(first, 2);
  keep(first, [before], 90);
  keep(first, others, 100);
  await first.close();
  const second = await opened(files, 200);
  const trimmed: number[] = [];
  second.onTrim = (position) => trimmed.push(position);
  const names = claim(second, 3);
  await second.of(names, false);
  const last = names.slice(-1);
  for (const at of [300, 400, 500]) {
    keep(second, names.slice(0, -1), at);
    await second.written();
  }
  assert.deepEqual(trimmed, []);
  for (const at of [400, 500]) {
    keep(second, last, at);
    await second.written();
  }
  await second.close();
  assert.ok((trimmed.at(-1) ?? 0) >= 400, trimmed.join());
  const third = await opened(files, 700);
  assert.equal(third.spread.before?.workers, 3);
  third.begin({ workers: 2, partitionKey: "host" });
  assert.deepEqual(
    (await third.of(partsOf(2), false)).map(({ from }) => from).sort(),
    partsOf(2)
      .flatMap((name) => partsOf(3).filter((from) => from[0] === name[0]))
      .sort(),
  );
  await third.close();
});

test("states of an older FastTS, which have no record, are of as many workers as the last of them were", async () => {
  const files = new MemoryFiles();
  const store = await opened(files, 0);
  assert.equal(store.spread.before, null, "nothing was saved");
  keep(store, claim(store, 3), 100);
  await store.close();
  for (const path of files.names().filter((name) => name.includes("-spread"))) await files.remove(path);
  const next = await opened(files, 200);
  assert.equal(next.spread.before?.workers, 3);
  await next.close();
});
