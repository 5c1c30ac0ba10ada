import assert from "node:assert/strict";
import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeDirectory } from "../../src/system/make-directory.ts";

async function newDirectory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fast-ts-"));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

test("what is missing of a path is made, with a mode; what is there stays as it is", async (t) => {
  const dir = await newDirectory(t);
  await makeDirectory(join(dir, "a", "b", "c"), 0o700);
  await makeDirectory(join(dir, "a", "b"), 0o755);
  for (const path of ["a", "a/b", "a/b/c"]) assert.equal((await stat(join(dir, path))).mode & 0o777, 0o700);
  await Promise.all([1, 2, 3].map(() => makeDirectory(join(dir, "x", "y"))));
  await symlink(join(dir, "x"), join(dir, "link"));
  await makeDirectory(join(dir, "link", "z"));
  await makeDirectory("/");
});

test("where none can be made it is said at once", async (t) => {
  const dir = await newDirectory(t);
  await writeFile(join(dir, "file"), "");
  await symlink(join(dir, "nowhere"), join(dir, "link"));
  const expected: [string, string][] = [
    [join(dir, "file"), "EEXIST"],
    [join(dir, "file", "a"), "ENOTDIR"],
    [join(dir, "link"), "ENOENT"],
  ];
  // There Node's own goes round for ever.
  if (process.platform === "linux") expected.push(["/proc/a", "ENOTSUP"], ["/proc/a/b", "ENOTSUP"]);
  for (const [path, code] of expected) await assert.rejects(makeDirectory(path), { code });
  if (process.platform === "linux") await assert.rejects(makeDirectory("/sys/a"), { code: /EPERM|EROFS|EACCES/ });
});
