import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { KeyedLog } from "../../src/state/keyed-log.ts";
import fc from "../fast-check.ts";
import { isWhole, rounds } from "../rounds.ts";
import { MemoryFiles, PowerCut } from "./memory-files.ts";

const DIR = "/alerts";

const open = (files: MemoryFiles, damaged: string[] = []): Promise<KeyedLog> =>
  KeyedLog.open({ dir: DIR, files, onDamage: ({ segment, why }) => void damaged.push(`${segment}: ${why}`) });
const shown = ({ values }: KeyedLog): Record<string, string> =>
  Object.fromEntries([...values].map(([key, value]) => [key, value.toString()]));
const bytesOn = (files: MemoryFiles): number =>
  files.names().reduce((sum, name) => sum + (name.endsWith(".seg") ? files.content(name).length : 0), 0);

test("what was saved is there again, with its last values, and what was deleted is not", async () => {
  const files = new MemoryFiles();
  const log = await open(files);
  log.set("a", Buffer.from("1"));
  log.set("ü/\n", Buffer.from("2"));
  await log.save();
  log.set("a", Buffer.from("3"));
  log.set("ü/\n", null);
  log.set("b", Buffer.from("4"));
  assert.equal(log.isSaved, false);
  await log.save();
  assert.equal(log.isSaved, true);
  await log.close();
  assert.deepEqual(shown(await open(files)), { a: "3", b: "4" });
});

if (isWhole)
  test("what is of the past goes: the log stays small, and a restart reads little", async () => {
    const files = new MemoryFiles();
    const log = await open(files);
    const value = Buffer.alloc(4000, "x");
    for (let n = 0; n < 6000; n++) {
      log.set(`key ${n % 10}`, value);
      if (n % 10 === 9) await log.save();
    }
    await log.close();
    assert.ok(bytesOn(files) < 9e6, `${bytesOn(files)} bytes for 40 kB`);
    const again = await open(files);
    assert.equal(again.values.size, 10);
  });

test("a disk that fails loses nothing: what was not written is, once it works again", async () => {
  const files = new MemoryFiles();
  const log = await open(files);
  log.set("a", Buffer.from("1"));
  await log.save();
  files.fault = (call) => (call === "write" ? new Error("ENOSPC") : null);
  log.set("a", null);
  log.set("b", Buffer.from("2"));
  await assert.rejects(log.save(), /ENOSPC/);
  log.set("c", Buffer.from("3"));
  assert.equal(log.isSaved, false);
  files.fault = () => null;
  await log.save();
  await log.close();
  assert.deepEqual(shown(await open(files)), { b: "2", c: "3" });
});

test("a damaged segment is set aside, and what is behind it is read", async () => {
  const files = new MemoryFiles();
  const log = await open(files);
  for (const key of ["a", "b", "c"]) log.set(key, Buffer.from(key));
  await log.save();
  await log.close();
  const [name = ""] = files.names().filter((one) => one.endsWith(".seg"));
  const bytes = Buffer.from(files.content(name));
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  files.put(name, bytes);
  const damaged: string[] = [];
  const again = await open(files, damaged);
  assert.deepEqual([damaged.length > 0, again.values.size < 3], [true, true]);
  again.set("d", Buffer.from("d"));
  await again.save();
  await again.close();
  assert.equal(shown(await open(files)).d, "d");
});

test("only its owner may read it", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-keyed-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const log = await KeyedLog.open({ dir: join(dir, "alerts"), files: NODE_FILES, onDamage() {} });
  log.set("a", Buffer.from("1"));
  await log.save();
  await log.close();
  assert.equal(statSync(join(dir, "alerts")).mode & 0o777, 0o700);
  for (const name of readdirSync(join(dir, "alerts")))
    assert.equal(statSync(join(dir, "alerts", name)).mode & 0o777, 0o600, name);
});

/** Sets and deletes keys until the power is cut at some call; what was saved before has to be there again. */
test("a power cut at any call costs what was being saved, no more", async () => {
  const change = fc.record({ key: fc.constantFrom("a", "b", "c"), value: fc.option(fc.nat(9)), saves: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 40 }),
      fc.nat(120),
      fc.infiniteStream(fc.nat(999)),
      async (changes, left, random) => {
        const files = new MemoryFiles();
        const now: Record<string, string> = {};
        let [saved, saving] = [{}, {}];
        files.left = left;
        try {
          const log = await open(files);
          for (const { key, value, saves } of changes) {
            log.set(key, value === null ? null : Buffer.from(`${value}`));
            if (value === null) delete now[key];
            else now[key] = `${value}`;
            if (!saves) continue;
            saving = { ...now };
            await log.save();
            saved = saving;
          }
          await log.close();
        } catch (thrown) {
          if (!(thrown instanceof PowerCut)) throw thrown;
        }
        files.restart(() => (random.next().value ?? 0) / 1000);
        const found = shown(await open(files));
        const between = changesBetween(saved, saving).map((one) => JSON.stringify(one));
        assert.ok(between.includes(JSON.stringify(sorted(found))), `${JSON.stringify(found)} is none of ${between}`);
      },
    ),
    { numRuns: rounds(60) },
  );
});

const sorted = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** What there may be when only some of the keys that differ were written. */
function changesBetween(before: Record<string, string>, after: Record<string, string>): Record<string, string>[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const differing = keys.filter((key) => before[key] !== after[key]);
  return Array.from({ length: 2 ** differing.length }, (_, chosen) => {
    const mixed = { ...before };
    for (const [at, key] of differing.entries()) {
      if ((chosen & (1 << at)) === 0) continue;
      const value = after[key];
      if (value === undefined) delete mixed[key];
      else mixed[key] = value;
    }
    return sorted(mixed);
  });
}
