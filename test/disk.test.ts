import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SystemClock } from "../src/core/clock.ts";
import { closeDisk, openDisk } from "../src/disk.ts";
import { FastTsError } from "../src/errors.ts";
import { resolveOptions } from "../src/resolve-options.ts";
import { textLog } from "./text-log.ts";

async function newDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fast-ts-"));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

/** Opens what outlives the process, and closes it. Returns what was logged. */
async function opened(t: TestContext, state: string, journal: string): Promise<string> {
  const clock = new SystemClock();
  t.after(() => clock.stop());
  const { log, said } = textLog();
  await closeDisk(await openDisk(resolveOptions({ state, journal, workers: 1 }, {}), clock, log), clock, 60);
  return said();
}

test("a journal whose directory cannot be used is refused with what is in the way and what to do", async (t) => {
  const dir = await newDirectory(t);
  const [file, marks, asides] = [join(dir, "file"), join(dir, "marks"), join(dir, "asides")];
  for (const path of [marks, asides]) mkdirSync(path);
  for (const path of [file, join(marks, "marks"), join(asides, "set-aside")]) writeFileSync(path, "");
  const todo = "name a directory with --journal (FTS_JOURNAL), it is made when it is missing";
  const move = "move it away, or name another directory with --journal (FTS_JOURNAL)";
  const inside = (path: string): string =>
    `something else has that name, EEXIST: file already exists, mkdir '${path}'; ${move}`;
  for (const [path, words] of [
    [file, `something else has that name; ${todo}`],
    [join(file, "journal"), `a part of that path is not a directory; ${todo}`],
    [marks, inside(join(marks, "marks"))],
    [asides, inside(join(asides, "set-aside"))],
  ] as const)
    await assert.rejects(opened(t, join(dir, "state"), path), (error) => {
      assert.ok(error instanceof FastTsError);
      assert.deepEqual([error.code, error.message], ["FTS_START", `cannot keep a journal in ${path}: ${words}`]);
      return true;
    });
  assert.equal(await opened(t, join(dir, "state"), join(dir, "journal")), "", "each start in vain let go of the state");
});

test("state whose directory cannot be used is not kept: the log says what is in the way and what to do", async (t) => {
  const file = join(await newDirectory(t), "file");
  writeFileSync(file, "");
  const words = "something else has that name";
  await assert.rejects(opened(t, file, `${file}-journal`), {
    code: "FTS_START",
    message: `--journal ${file}-journal needs state, which is not kept: ${words}`,
  });
});
