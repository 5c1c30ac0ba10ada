import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type FileLayer, NODE_FILES } from "../../src/state/file-layer.ts";
import { MAX_ASIDE_FILES, type Snapshot, SnapshotFiles } from "../../src/state/snapshot-files.ts";

const snapshot = (text: string, name = "a/b"): Snapshot => ({
  name,
  now: 1,
  elapsed: 2,
  position: 3,
  bytes: [...text].map((one) => Buffer.from(one)),
});

function filesIn(t: TestContext, files: FileLayer = NODE_FILES) {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const aside: string[] = [];
  const disk = new SnapshotFiles({ dir, files, setAside: (_, why) => void aside.push(why) });
  const text = async (name = "a/b"): Promise<string | null> => {
    const found = await disk.read(name);
    return found && Buffer.concat(found.bytes).toString();
  };
  return {
    dir,
    disk,
    aside,
    text,
    path: (end: string) => join(dir, readdirSync(dir).find((one) => one.endsWith(end)) ?? ""),
  };
}

test("what was written last is read, for each name", async (t) => {
  const { dir, disk, text } = filesIn(t);
  for (const one of ["1", "2", "3"]) await disk.write([snapshot(one)]);
  await disk.write([snapshot("other", "a-b")]);
  assert.deepEqual([await text(), await text("a-b"), await text("none")], ["3", "other", null]);
  const found = (await disk.open()).map(({ name, now, elapsed }) => [name, now, elapsed]);
  assert.deepEqual(found.toSorted(), [
    ["a-b", 1, 2],
    ["a/b", 1, 2],
  ]);
  for (const name of readdirSync(dir)) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600);
  await disk.remove("a/b");
  assert.equal(await text(), null);
});

test("a snapshot that is cut or changed at any byte is set aside, and the one before is read", async (t) => {
  const { disk, aside, text, path } = filesIn(t);
  await disk.write([snapshot("before")]);
  await disk.write([snapshot("last")]);
  const bytes = readFileSync(path(".state"));
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = ~(changed[at] ?? 0) & 0xff;
    for (const damaged of [bytes.subarray(0, at), changed]) {
      writeFileSync(path(".state.1").replace(/\.1$/, ""), damaged);
      assert.equal(await text(), "before", `byte ${at}`);
    }
  }
  assert.equal(aside.length, 2 * bytes.length);
  writeFileSync(path(".state.1"), "");
  assert.deepEqual([await text(), await disk.open()], [null, []]);
});

test("when a write fails, what was there is there", async (t) => {
  let isFull = false;
  const fails = (): Promise<never> => Promise.reject(new Error("ENOSPC"));
  const files: FileLayer = { ...NODE_FILES, write: (...given) => (isFull ? fails() : NODE_FILES.write(...given)) };
  const { dir, disk, text } = filesIn(t, files);
  await disk.write([snapshot("1")]);
  isFull = true;
  await assert.rejects(disk.write([snapshot("2")]), /ENOSPC/);
  assert.equal(await text(), "1");
  isFull = false;
  await disk.open();
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.endsWith(".new")),
    [],
  );
  await disk.write([snapshot("3")]);
  assert.equal(await text(), "3");
});

/** Files change one after the other, however coarse the clock of the disk is. */
function inOrder(): FileLayer {
  const renamed: string[] = [];
  return {
    ...NODE_FILES,
    rename: (from, to) => NODE_FILES.rename(from, to).finally(() => renamed.push(to)),
    changedAt: async (path) => renamed.lastIndexOf(path),
  };
}

test("what is set aside is not read again", async (t) => {
  const { disk, aside, text } = filesIn(t);
  await disk.write([snapshot("1")]);
  await disk.write([snapshot("2")]);
  await disk.setAside("a/b", "it throws");
  assert.deepEqual([await text(), aside], [null, ["it throws", "it throws"]]);
});

test("of what is set aside the newest files are kept, of whatever names", async (t) => {
  const { dir, disk, aside } = filesIn(t, inOrder());
  const names = Array.from({ length: MAX_ASIDE_FILES + 3 }, (_, number) => `pipeline${number}`);
  for (const name of names) {
    await disk.write([snapshot("1", name)]);
    await disk.setAside(name, "it throws");
  }
  const left = readdirSync(dir).map((name) => name.replace(/-.*/, ""));
  assert.deepEqual(left.toSorted(), names.slice(3).toSorted());
  assert.equal(aside.length, names.length);
});
