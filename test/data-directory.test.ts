import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SystemClock } from "../src/core/clock.ts";
import { DataDirectory } from "../src/data-directory.ts";
import { FastTsError } from "../src/errors.ts";
import { textLog } from "./text-log.ts";

async function newDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fast-ts-"));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

/** Opens it, and says what is logged. */
async function opened(t: TestContext, path: string): Promise<string> {
  const clock = new SystemClock();
  t.after(() => clock.stop());
  const { log, said } = textLog();
  const data = new DataDirectory(path, clock, log);
  await data.open();
  await data.close();
  return said();
}

test("what is no directory, or below what is none, is refused with its path and what to do", async (t) => {
  const file = join(await newDirectory(t), "file");
  await writeFile(file, "");
  const todo = "name a directory with --data (FTS_DATA), it is made when it is missing";
  for (const [path, why] of [
    [file, "something else has that name"],
    [join(file, "data"), "a part of that path is not a directory"],
    ...(process.platform === "linux" ? [["/proc/a/b", "no directory can be made there"] as const] : []),
  ] as const)
    await assert.rejects(opened(t, path), (error) => {
      assert.ok(error instanceof FastTsError);
      assert.deepEqual([error.code, error.message], ["FTS_START", `cannot keep data in ${path}: ${why}; ${todo}`]);
      return true;
    });
});

test("one that is missing is made, and one that cannot be made stops nothing: the log says so", async (t) => {
  const dir = await newDirectory(t);
  assert.equal(await opened(t, join(dir, "a", "data")), "");
  await symlink(join(dir, "nowhere"), join(dir, "link"));
  assert.match(await opened(t, join(dir, "link")), /"error":"ENOENT: .*"msg":"the data directory cannot be made"/);
});
