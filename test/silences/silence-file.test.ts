import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import type { LogLevel } from "../../src/core/log.ts";
import { MAX_SILENCES, type Silence } from "../../src/silences/silence.ts";
import { editSilences, loadSilences } from "../../src/silences/silence-file.ts";
import { SilenceWatch } from "../../src/silences/silence-watch.ts";
import { FileLock } from "../../src/state/file-lock.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { until } from "../until.ts";

const DAY = 86_400;

async function file(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fast-ts-silences-"));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return join(dir, "silences.json");
}

const silence = (id: string, until: number): Silence => ({ id, query: "true", from: 0, until, why: "w", who: "me" });
const idsIn = async (path: string) => (await loadSilences(path)).map(({ id }) => id);

test("edits follow each other, none is lost, and no other file is left", async (t) => {
  const path = await file(t);
  const clock = new SystemClock();
  assert.deepEqual(await loadSilences(path), []);
  const ids = Array.from({ length: 20 }, (_, n) => `${n}`);
  const until = clock.now() + DAY;
  const edit = (id: string): Promise<void> => editSilences(path, clock, (all) => [...all, silence(id, until)]);
  // Four at once: on a slow disk the last of twenty would wait for longer than it may.
  for (let n = 0; n < ids.length; n += 4) await Promise.all(ids.slice(n, n + 4).map(edit));
  assert.deepEqual((await idsIn(path)).toSorted(), ids.toSorted());
  assert.deepEqual(await readdir(join(path, "..")), ["silences.json"]);
  clock.stop();
});

test("an edit follows no link that stands where it writes", async (t) => {
  const path = await file(t);
  const theirs = join(dirname(path), "theirs");
  await writeFile(theirs, "theirs");
  await symlink(theirs, `${path}.new`);
  await editSilences(path, new VirtualClock(), () => [silence("a", 60)]);
  assert.deepEqual([await idsIn(path), await readFile(theirs, "utf8")], [["a"], "theirs"]);
});

test("an edit that throws changes nothing and lets the next one in", async (t) => {
  const path = await file(t);
  const clock = new VirtualClock();
  await editSilences(path, clock, () => [silence("a", 60)]);
  await assert.rejects(
    editSilences(path, clock, () => {
      throw new Error("no");
    }),
    /^Error: no$/,
  );
  await editSilences(path, clock, (all) => [...all, silence("b", 60)]);
  assert.deepEqual(await idsIn(path), ["a", "b"]);
});

test("who is ended stays for 30 days", async (t) => {
  const path = await file(t);
  await editSilences(path, new VirtualClock(0), () => [silence("a", 100), silence("b", 101)]);
  await editSilences(path, new VirtualClock(100 + 30 * DAY), (all) => all);
  assert.deepEqual(await idsIn(path), ["b"]);
});

test("a full file forgets the oldest that are over, and is full of those that are not", async (t) => {
  const path = await file(t);
  const fill = (until: number) => Array.from({ length: MAX_SILENCES }, (_, n) => silence(`${n}`, until + n / 1000));
  await editSilences(path, new VirtualClock(0), () => fill(100).toReversed());
  const clock = new VirtualClock(200);
  await editSilences(path, clock, (all) => [...all, silence("new", 300)]);
  const ids = await idsIn(path);
  assert.deepEqual([ids.length, ids.includes("0"), ids.includes("1"), ids.at(-1)], [MAX_SILENCES, false, true, "new"]);
  await editSilences(path, clock, () => fill(300));
  await assert.rejects(
    editSilences(path, clock, (all) => [...all, silence("new", 300)]),
    /silences\.json has 1000 silences that are not over: end some/,
  );
});

test("a file that cannot be used is left as it is, with a message that names it", async (t) => {
  const path = await file(t);
  await writeFile(path, "[");
  await assert.rejects(
    editSilences(path, new VirtualClock(), () => []),
    { code: "FTS_SILENCE", message: /is no JSON/ },
  );
  await assert.rejects(loadSilences(dirname(path)), { message: /^cannot read .*: it is not a regular file$/ });
  const nowhere = join(path, "x", "y");
  await assert.rejects(loadSilences(join(path, "x")), { code: "FTS_SILENCE", message: /^cannot read .*\/x: / });
  await assert.rejects(
    editSilences(nowhere, new VirtualClock(), () => []),
    { message: /^cannot write .*\/y: / },
  );
  const missing = join(dirname(path), "missing");
  await assert.rejects(
    editSilences(join(missing, "y"), new VirtualClock(), () => []),
    { message: `cannot write ${join(missing, "y")}: there is no directory ${missing}: make it` },
  );
});

test("an editor waits five seconds for another, and then says so", async (t) => {
  const path = await file(t);
  const lock = await FileLock.take(path);
  const clock = new VirtualClock();
  let isOver = false;
  const refused = assert
    .rejects(
      editSilences(path, clock, (all) => all),
      { message: /another process edits it: try again/ },
    )
    .finally(() => {
      isOver = true;
    });
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.timers > 0) clock.runNext(clock.nextDue);
  }
  await refused;
  assert.ok(clock.now() > 4.9 && clock.now() < 5.1, `${clock.now()}`);
  await lock?.release();
});

test("a watch reads the file at the start and when it changes; what cannot be used is logged, and the old ones hold", async (t) => {
  const path = await file(t);
  const clock = new VirtualClock();
  const read: string[][] = [];
  const log: string[] = [];
  const line = (level: LogLevel) => (message: string) => void log.push(`${level}: ${message}`);
  const lines = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  const onSilences = (all: readonly Silence[]): void => void read.push(all.map(({ id }) => id));
  const watch = await SilenceWatch.open({ path, clock, log: lines, onSilences });
  /** Looks again, and waits for what comes of it. */
  const look = async (count: () => number): Promise<void> => {
    const before = count();
    clock.runNext(clock.now() + 1);
    await until("what comes of a look", () => count() !== before);
  };
  assert.deepEqual(read, [[]]);
  await editSilences(path, clock, () => [silence("a", 60), { ...silence("b", 60), query: "host =" }]);
  await look(() => read.length);
  await writeFile(path, "[");
  await look(() => log.length);
  await rm(path);
  await look(() => read.length);
  assert.deepEqual(read, [[], ["a"], []]);
  assert.deepEqual(log, [
    "error: a silence cannot be used",
    "info: silences read",
    "error: silences are not read anew, the old ones hold",
    "info: silences read",
  ]);
  watch.stop();
  assert.equal(clock.timers, 0);
});
