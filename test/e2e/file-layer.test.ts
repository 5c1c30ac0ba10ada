import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { SegmentLog } from "../../src/state/segment-log.ts";
import { SnapshotFiles } from "../../src/state/snapshot-files.ts";

function directory(t: TestContext): (name: string) => string {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-files-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return (name) => join(dir, name);
}

test("what is no regular file is refused, by its name, and nobody waits for it", async (t) => {
  const path = directory(t);
  execFileSync("mkfifo", [path("fifo")]);
  writeFileSync(path("theirs"), "theirs");
  symlinkSync(path("theirs"), path("link"));
  symlinkSync(path("new"), path("dangling"));
  for (const name of ["fifo", "link", "dangling"])
    for (const call of ["open", "openToRead", "size"] as const)
      await assert.rejects(NODE_FILES[call](path(name)), {
        code: "FTS_STATE",
        message: `${path(name)} is not a regular file: move it away`,
      });
  assert.deepEqual(await NODE_FILES.list(path(".")).then((names) => names.sort()), [
    "dangling",
    "fifo",
    "link",
    "theirs",
  ]);
});

test("a new file takes the place of what has its name, and changes nothing that it led to", async (t) => {
  const path = directory(t);
  writeFileSync(path("theirs"), "theirs");
  symlinkSync(path("theirs"), path("a"));
  linkSync(path("theirs"), path("b"));
  execFileSync("mkfifo", [path("c")]);
  for (const name of ["a", "b", "c", "d"]) {
    const file = await NODE_FILES.create(path(name));
    await NODE_FILES.write(file, Buffer.from("ours"), 0);
    await NODE_FILES.close(file);
    assert.deepEqual([readFileSync(path(name), "utf8"), statSync(path(name)).mode & 0o777], ["ours", 0o600]);
  }
  assert.equal(readFileSync(path("theirs"), "utf8"), "theirs");
});

test("a FIFO or link in place of a snapshot is set aside, and the one before is read", async (t) => {
  const path = directory(t);
  const aside: string[] = [];
  const disk = new SnapshotFiles({ dir: path("."), files: NODE_FILES, setAside: (_, why) => void aside.push(why) });
  for (const text of ["before", "last"])
    await disk.write([{ name: "a", now: 1, elapsed: 2, position: 3, bytes: [Buffer.from(text)] }]);
  const [name = ""] = (await NODE_FILES.list(path("."))).filter((one) => one.endsWith(".state"));
  const replaceBy = [() => execFileSync("mkfifo", [path(name)]), () => symlinkSync(path(`${name}.1`), path(name))];
  for (const replace of replaceBy) {
    rmSync(path(name), { force: true });
    replace();
    assert.equal((await disk.read("a"))?.bytes.toString(), "before");
  }
  assert.deepEqual(aside, Array(2).fill(`${path(name)} is not a regular file: move it away`));
});

test("a log with a FIFO for a segment or cursor is refused", async (t) => {
  for (const name of [`${"1".padStart(20, "0")}.seg`, "cursor"]) {
    const path = directory(t);
    execFileSync("mkfifo", [path(name)]);
    for (const isReadOnly of [false, true])
      await assert.rejects(
        SegmentLog.open({ dir: path("."), files: NODE_FILES, isReadOnly, onDamage: () => assert.fail() }),
        {
          message: `${path(name)} is not a regular file: move it away`,
        },
      );
  }
});
