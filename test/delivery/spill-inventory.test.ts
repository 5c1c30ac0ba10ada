import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ItemCodec } from "../../src/delivery/item-codec.ts";
import { SPILL_FILES } from "../../src/delivery/open-store.ts";
import { describeTarget } from "../../src/delivery/spill-directory.ts";
import { encodeItems } from "../../src/delivery/spill-entry.ts";
import { listSpill, spilledParts } from "../../src/delivery/spill-inventory.ts";
import { SpillLogs } from "../../src/delivery/spill-logs.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { FileLock } from "../../src/state/file-lock.ts";
import { rounds } from "../rounds.ts";
import { range } from "./target-rig.ts";

const codec = new ItemCodec();

test("list and show never fail while segments and whole logs go away, and foreign files are passed over", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "fast-ts-inventory-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, "spill", "a");
  const options = { dir, codec: codec.name, ...SPILL_FILES, segmentBytes: 300, onDamage: () => assert.fail() };
  let isOver = false;
  const churn = async (): Promise<void> => {
    for (let life = 0; life < rounds(4); life++) {
      // Two at a time: the second log is taken over by the next life, and removed.
      const both = [await SpillLogs.open(options), await SpillLogs.open(options)];
      await describeTarget(NODE_FILES, dir, { target: "target a", id: "a" });
      for (const logs of both) {
        for (let n = 0; n < 20; n++) {
          const items = range(n * 10, n * 10 + 10);
          await logs.append(encodeItems(codec, 1, { items, events: 10, bytes: 100, born: 1 }, 1_000));
        }
        await logs.advance(logs.next - 5);
      }
      for (const logs of both) await logs.close();
    }
    isOver = true;
  };
  const churning = churn();
  writeFileSync(join(root, "lock"), "");
  writeFileSync(join(root, "spill-notes.txt"), "of somebody else");
  let looks = 0;
  let holders = 0;
  for (; !isOver; looks++) {
    const reports = await listSpill(NODE_FILES, root);
    for (const { logs } of reports)
      for (const log of logs) {
        if (log.holder === FileLock.OWN) holders++;
        for await (const { items } of spilledParts(NODE_FILES, log.dir))
          assert.ok(items.every((item) => typeof item === "number"));
      }
  }
  await churning;
  mkdirSync(join(dir, "items-1.strange"));
  writeFileSync(join(dir, "items-1.999999"), "no directory");
  writeFileSync(join(root, "spill", "b"), "no directory");
  const [report, ...others] = await listSpill(NODE_FILES, root);
  assert.deepEqual([report?.target, others], ["target a", []]);
  const logs = await SpillLogs.open(options);
  assert.ok(logs.next - logs.cursor > 0, "and what is beside them is found");
  await logs.close();
  assert.ok(looks > 5 && holders > 0, `${looks} looks, ${holders} at logs in use`);
});
