import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type TestContext, test } from "node:test";
import { indexOf, isIndex } from "../../src/host/state-names.ts";
import { StateStore } from "../../src/host/state-store.ts";
import type { DryRunPipeline } from "../../src/routes/dry-run-report.ts";
import { INDEX, NOTHING_KEPT } from "../../src/runtime/kept-state.ts";
import { type FileLayer, NODE_FILES } from "../../src/state/file-layer.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";
import { MemoryFiles } from "../state/memory-files.ts";

const pipelines = (...names: string[]): DryRunPipeline[] =>
  names.map((name) => ({ name, edges: [] }) as unknown as DryRunPipeline);

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

async function opened(dir: string, files: FileLayer = NODE_FILES) {
  const [lines, named]: [string[], unknown[]] = [[], []];
  const line = (message: string, { pipelines }: Readonly<Record<string, unknown>> = {}): void => {
    lines.push(message);
    if (Array.isArray(pipelines)) named.push(...pipelines);
  };
  const clock = new VirtualClock();
  const log = { debug: line, info: line, warn: line, error: line };
  const store = await StateStore.open({ dir, interval: 10, clock, log, files });
  const keep = (name: string, text: string, elapsed = 0): void =>
    store.keep({ ...NOTHING_KEPT, saved: [{ name, now: 0, elapsed, position: -1, bytes: [Buffer.from(text)] }] });
  const textOf = async (name: string): Promise<string | null> => {
    const [found] = await store.of([name], false);
    return found === undefined ? null : Buffer.concat(found.bytes).toString();
  };
  return { store, clock, lines, named, keep, textOf };
}

test("the next process finds what was kept, and its clocks go on from there", async (t) => {
  const dir = directory(t);
  const first = await opened(dir);
  first.store.claim(pipelines("a", "b"));
  first.keep("a", "of a", 50);
  first.keep("b", "of b", 70);
  first.keep("unknown", "of nobody");
  await first.store.close();
  const second = await opened(dir);
  assert.equal(second.store.origin, second.clock.elapsed() - 70);
  assert.deepEqual([await second.textOf("a"), await second.textOf("unknown")], ["of a", null]);
  second.store.claim(pipelines("a", "b"));
  second.store.claim(pipelines("b"));
  assert.deepEqual([await second.textOf("a"), await second.textOf("b")], [null, "of b"]);
  await second.store.close();
});

test("a disk that is full costs the age of what is kept, until it has room again", async (t) => {
  let isFull = true;
  const write: FileLayer["write"] = (...given) =>
    isFull ? Promise.reject(new Error("no space")) : NODE_FILES.write(...given);
  const { store, clock, lines, keep, textOf } = await opened(directory(t), { ...NODE_FILES, write });
  store.claim(pipelines("a"));
  for (const _ of [1, 2]) {
    keep("a", "lost");
    assert.equal(await textOf("a"), null);
    clock.advanceTo(clock.now() + 10);
  }
  assert.deepEqual(store.report, { error: "no space", ageSeconds: 20, skipped: 0 });
  isFull = false;
  keep("a", "kept");
  assert.equal(await textOf("a"), "kept");
  assert.deepEqual(store.report, { error: null, ageSeconds: 0, skipped: 0 });
  assert.deepEqual(lines, ["cannot write saved state: a restart may find an older one", "state is on disk again"]);
  await store.close();
});

test("a disk that is slower than snapshots come is given the newest of each pipeline alone", async (t) => {
  let free = (): void => {};
  const isFree = new Promise<void>((resolve) => {
    free = resolve;
  });
  let written = 0;
  const create: FileLayer["create"] = async (path) => {
    if (basename(path).startsWith("-spread")) return NODE_FILES.create(path);
    written += 1;
    await isFree;
    return NODE_FILES.create(path);
  };
  const { store, keep, textOf } = await opened(directory(t), { ...NODE_FILES, create });
  store.claim(pipelines("a", "b"));
  for (let n = 1; n <= 100; n++) for (const name of ["a", "b"]) keep(name, `${name} ${n}`);
  store.claim(pipelines("b"));
  store.claim(pipelines("a", "b"));
  keep("a", "a again");
  free();
  assert.deepEqual([await textOf("a"), await textOf("b"), store.unsaved], ["a again", "b 100", []]);
  assert.equal(written, 3);
  await store.close();
});

test("whenever the process ends, and however slow the disk is, what is saved together is found of one moment", async (t) => {
  const dir = directory(t);
  const joined = pipelines("a", "b", "c").map((one) => ({
    ...one,
    edges: [{ kind: "publish", name: "all" }] as const,
  }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 60 }), { minLength: 2, maxLength: 8 }),
      fc.nat(300),
      async (turns, calls) => {
        const files = new MemoryFiles();
        const { store } = await opened(dir, files);
        store.claim(joined);
        files.left = calls;
        for (const [position, wait] of turns.entries()) {
          const saved = joined.map(({ name }) => ({
            name,
            now: 0,
            elapsed: position,
            position,
            bytes: [Buffer.from(name)],
          }));
          store.keep({ ...NOTHING_KEPT, saved });
          for (let turn = 0; turn < wait; turn++) await null;
        }
        await store.close();
        files.kill();
        const next = await opened(dir, files);
        next.store.claim(joined);
        const found = await next.store.of(["a", "b", "c"], false);
        assert.ok(new Set(found.map(({ position }) => position)).size <= 1, found.map((one) => one.position).join());
        await next.store.close();
      },
    ),
    { numRuns: rounds(300) },
  );
});

test("an index that cannot be saved at a stop is named then, whether it was tried to write it before or not", async (t) => {
  for (const isTriedBefore of [false, true]) {
    const write = (): Promise<void> => Promise.reject(new Error("no space"));
    const { store, named, keep } = await opened(directory(t), { ...NODE_FILES, write });
    store.claim([{ name: "a\0host 1 of 2", edges: [{ kind: "index" }] } as unknown as DryRunPipeline]);
    const index = `${INDEX}\0host 1 of 2`;
    if (isTriedBefore) keep(index, "before");
    await store.written();
    await store.tryOut();
    keep(index, "at the stop");
    assert.deepEqual([named, store.unsaved], [["a host 1 of 2", "index host 1 of 2"], []]);
    await store.close();
  }
});

test("one pipeline that cannot be written is told of once, though the others are", async (t) => {
  const dir = directory(t);
  const { store, lines, keep, textOf } = await opened(dir);
  store.claim(pipelines("a", "b"));
  keep("a", "of a");
  await textOf("a");
  const [file = ""] = readdirSync(dir).filter((name) => /^a-.*\.state$/.test(name));
  mkdirSync(join(dir, `${file}.new`));
  for (const _ of [1, 2]) {
    keep("a", "lost");
    keep("b", "kept");
    assert.deepEqual([await textOf("a"), await textOf("b")], ["of a", "kept"]);
  }
  await store.tryOut();
  assert.deepEqual([store.unsavable, store.unsaved], [["a"], ["a"]]);
  rmSync(join(dir, `${file}.new`), { recursive: true });
  await store.tryOut();
  keep("a", "again");
  assert.equal(await textOf("a"), "again");
  assert.deepEqual([store.unsavable, store.unsaved], [[], []]);
  assert.deepEqual(lines, [
    "cannot write saved state: a restart may find an older one",
    "state cannot be saved at this stop: what windows hold is given out now",
    "state is on disk again",
  ]);
  await store.close();
});

test("what came from another thread is restored again when the thread ends before it was saved there", async (t) => {
  const { store, keep, textOf } = await opened(directory(t));
  store.claim(pipelines("a"));
  keep("a", "of a");
  await store.of(["a"], true, new Set(["a"]));
  store.ended(["a"], true);
  assert.equal(await textOf("a"), "of a");
  await store.close();
});

for (const [way, before, after] of [
  ["to all workers", ["a"], ["a\0host 1 of 2", "a\0host 2 of 2"]],
  ["to one worker", ["a\0host 1 of 2", "a\0host 2 of 2"], ["a"]],
] as const)
  test(`the index of pipelines that move ${way} is there until it is saved where they are`, async (t) => {
    const users = (names: readonly string[]): DryRunPipeline[] =>
      names.map((name) => ({ name, edges: [{ kind: "index" }] }) as unknown as DryRunPipeline);
    const dir = directory(t);
    const { store, keep } = await opened(dir);
    const keepAll = (names: readonly string[]): void => {
      for (const name of names) for (const one of [name, indexOf(name)]) keep(one, `of ${one}`);
    };
    const indexes = async () =>
      (await store.of(after, false)).filter(({ name }) => isIndex(name)).map(({ from, name }) => from ?? name);
    store.claim(users(before));
    keepAll(before);
    await store.written();
    store.claim(users(after), users(before));
    const found = await indexes();
    assert.deepEqual([...new Set(found)], before.map(indexOf));
    keepAll(after);
    assert.deepEqual(await indexes(), [indexOf(after[0])]);
    assert.equal(readdirSync(dir).filter((name) => /index.*\.state$/.test(name)).length, after.length);
    await store.close();
  });

/** A store with the states of two pipelines, which are restored. */
async function restoredOnce(t: TestContext) {
  const opening = await opened(directory(t));
  const { store, keep, textOf } = opening;
  store.claim(pipelines("a", "b"));
  keep("a", "of a");
  keep("b", "of b");
  const restored = async () => [await textOf("a"), await textOf("b")];
  assert.deepEqual(await restored(), ["of a", "of b"]);
  return { ...opening, restored };
}

test("what was restored in two threads in a row that ended before it was saved again is not restored again", async (t) => {
  const { store, lines, keep, restored } = await restoredOnce(t);
  store.ended(["a", "b"], false);
  assert.deepEqual(await restored(), ["of a", "of b"]);
  keep("b", "of b, again");
  for (const _ of [1, 2]) {
    store.ended(["a", "b"], false);
    assert.deepEqual(await restored(), [null, "of b, again"]);
  }
  assert.deepEqual(lines, ["saved state is set aside"]);
  await store.close();
});

test("what was restored in a thread that hung before it was saved again is not restored again", async (t) => {
  const { store, lines, keep, restored } = await restoredOnce(t);
  keep("b", "of b, again");
  store.ended(["a", "b"], true);
  assert.deepEqual(await restored(), [null, "of b, again"]);
  assert.deepEqual(lines, ["saved state is set aside"]);
  await store.close();
});

test("what no pipeline has gone on from for 30 days is removed", async (t) => {
  const dir = directory(t);
  const first = await opened(dir);
  first.store.claim(pipelines("a", "gone", "gone\0host 1 of 2"));
  for (const name of ["a", "gone", "gone\0host 1 of 2"]) first.keep(name, "saved", 0);
  await first.store.close();
  for (const [days, files] of [
    [29, 3],
    [31, 1],
  ] as const) {
    const { store, clock, lines } = await opened(dir);
    clock.now = () => days * 86_400;
    store.claim(pipelines("a"));
    await store.close();
    const saved = readdirSync(dir).filter((name) => /^(a|gone)-.*\.state$/.test(name));
    assert.equal(saved.length, files, `after ${days} days`);
    assert.equal(lines.length, days > 30 ? 1 : 0);
  }
});

test("of pipelines that a reload has removed nothing is left, and nothing more is said", async (t) => {
  const { store, keep, lines } = await opened(directory(t));
  store.claim(pipelines("a", "b", "b\0host 1 of 2"));
  for (const name of ["a", "b", "b\0host 1 of 2"]) keep(name, "saved");
  await store.written();
  for (let reloads = 0; reloads < 2; reloads++) store.claim(pipelines("a"));
  assert.deepEqual(lines, []);
  await store.close();
});

test("a directory that another process has is left alone", async (t) => {
  const dir = directory(t);
  const first = await opened(dir);
  const second = await opened(dir);
  assert.deepEqual([first.store.isOn, second.store.isOn], [true, false]);
  assert.equal(second.store.report?.error, "another option or daemon of this process uses it");
  await first.store.close();
});

test("a directory with the name of an unfinished snapshot does not keep the others from being found", async (t) => {
  const dir = directory(t);
  mkdirSync(join(dir, "a.state.new"));
  const { store, keep, textOf, lines } = await opened(dir);
  store.claim(pipelines("b"));
  keep("b", "of b");
  assert.deepEqual([store.isOn, await textOf("b"), lines], [true, "of b", []]);
  await store.close();
});
