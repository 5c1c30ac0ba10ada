import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import type { TargetScope } from "../../src/core/target-port.ts";
import { closeMemories, openMemory } from "../../src/delivery/writer-memory.ts";

function scopes(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-kept-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const said: string[] = [];
  const line = (message: string): void => void said.push(message);
  const scope = (dataDir: string | null = dir): TargetScope => {
    const clock = new SystemClock();
    t.after(() => clock.stop());
    return { clock, log: { info: line, warn: line, error: line }, random: () => 0, dataDir, tell() {} };
  };
  return { dir, said, scope };
}

test("what a writer remembers is there for the next one, and for the next process, of the same target alone", async (t) => {
  const { scope } = scopes(t);
  const first = scope();
  const map = await openMemory<number>(first, "chat a", "secret");
  map.set("x", 1);
  map.set("y", 2);
  map.set("x", 3);
  map.delete("y");
  assert.equal(await openMemory(first, "chat a", "secret"), map);
  await closeMemories(first);
  const next = scope();
  assert.deepEqual([...(await openMemory<number>(next, "chat a", "secret"))], [["x", 3]]);
  assert.equal((await openMemory(next, "chat a", "other")).size, 0);
  await closeMemories(next);
});

test("without a directory, or with one that cannot be used, it is remembered for as long as the process runs", async (t) => {
  const { dir, said, scope } = scopes(t);
  const none = scope(null);
  (await openMemory<number>(none, "a", "a")).set("x", 1);
  assert.equal((await openMemory<number>(none, "a", "a")).get("x"), 1);
  assert.deepEqual(said, []);
  writeFileSync(join(dir, "sinks"), "a file");
  const broken = scope();
  (await openMemory<number>(broken, "a", "a")).set("x", 1);
  await closeMemories(broken);
  assert.deepEqual(said, ["what a sink remembers is kept in memory alone"]);
});
