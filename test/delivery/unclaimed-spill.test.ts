import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { logTo } from "../../src/core/log.ts";
import { describeTarget } from "../../src/delivery/spill-directory.ts";
import { SpillLogs } from "../../src/delivery/spill-logs.ts";
import { UnclaimedSpill } from "../../src/delivery/unclaimed-spill.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { FileLock } from "../../src/state/file-lock.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { until } from "../until.ts";

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A data directory, and what is said of it. */
class Data {
  readonly dir = mkdtempSync(join(tmpdir(), "fast-ts-spill-"));
  readonly log: Line[] = [];
  readonly clock = new VirtualClock();
  readonly spill: UnclaimedSpill;

  constructor(t: TestContext) {
    t.after(() => rmSync(this.dir, { recursive: true, force: true }));
    const log = logTo((level, message, fields) => void this.log.push({ level, message, fields }));
    this.spill = new UnclaimedSpill({ dataDir: this.dir, clock: this.clock, log });
  }

  /** The logs of a target that has `items` on disk; whoever has them is to close them. */
  async spilled(name: string, items: number): Promise<SpillLogs> {
    const dir = join(this.dir, "spill", name);
    const takeLock = (path: string): Promise<FileLock | null> => FileLock.take(path);
    const options = { dir, codec: "items-1", files: NODE_FILES, segmentBytes: 1_000, takeLock, onDamage() {} };
    const logs = await SpillLogs.open(options);
    await describeTarget(NODE_FILES, dir, { target: `target ${name}`, id: name });
    if (items > 0) await logs.append([{ items, payload: Buffer.alloc(100) }]);
    return logs;
  }
}

test("spill that nobody has is reported with its size and what to do, and stays", async (t) => {
  const data = new Data(t);
  const [left, used, empty] = [await data.spilled("a", 7), await data.spilled("b", 8), await data.spilled("c", 0)];
  t.after(() => used.close());
  await left.close();
  await empty.close();
  await data.spill.look();
  const { bytes } = left;
  const report = { target: "target a", name: "a", items: 7, bytes };
  assert.deepEqual(data.spill.reports, [report]);
  const hint = `if no route is to name the target again: fast-ts spill ${data.dir} list, then resend or drop`;
  assert.deepEqual(data.log, [
    { level: "warn", message: "spill is kept that no target uses", fields: { ...report, hint } },
  ]);
  const again = await data.spilled("a", 0);
  t.after(() => again.close());
  assert.deepEqual([again.bytes, again.next - again.cursor], [bytes, 7], "nobody has taken it");
});

test("it looks again each minute: what a target has taken up meanwhile is not shown any more, and each is told once", async (t) => {
  const data = new Data(t);
  await (await data.spilled("a", 7)).close();
  await (await data.spilled("b", 8)).close();
  const names = (): string[] => data.spill.reports.map(({ name }) => name);
  data.spill.lookSoon();
  data.clock.runNext(10);
  await until("a first look", () => names().length === 2);
  const used = await data.spilled("a", 0);
  t.after(() => used.close());
  await until("another look", () => {
    data.clock.runNext(data.clock.now() + 60);
    return names().length === 1;
  });
  assert.deepEqual([names(), data.log.length], [["b"], 2]);
  data.spill.stop();
});

test("a target is in use when one of its logs is", async (t) => {
  const data = new Data(t);
  const first = await data.spilled("a", 1);
  const second = await data.spilled("a", 2);
  await second.close();
  await data.spill.look();
  assert.deepEqual([data.spill.reports, data.log], [[], []]);
  await first.close();
  await data.spill.look();
  assert.deepEqual(
    data.spill.reports.map(({ items }) => items),
    [3],
  );
});

test("what targets let go of at a stop is not reported, neither before nor while it looks", async (t) => {
  for (const isLooking of [false, true]) {
    const data = new Data(t);
    await (await data.spilled("a", 1)).close();
    if (!isLooking) data.spill.stop();
    const looked = data.spill.look();
    data.spill.stop();
    await looked;
    assert.deepEqual([data.spill.reports, data.log], [[], []]);
  }
});

test("nothing is said when there is no spill", async (t) => {
  const data = new Data(t);
  await data.spill.look();
  assert.deepEqual([data.spill.reports, data.log], [[], []]);
});

test("what cannot be read is logged, and does not hide the rest", async (t) => {
  const data = new Data(t);
  await (await data.spilled("b", 3)).close();
  writeFileSync(join(data.dir, "spill", "other"), "no spill");
  await (await data.spilled("a", 1)).close();
  mkdirSync(join(data.dir, "spill", "a", "items-1.000001", `${"2".padStart(20, "0")}.seg`));
  await data.spill.look();
  assert.deepEqual(
    data.spill.reports.map(({ name }) => name),
    ["b"],
  );
  const [line] = data.log;
  assert.deepEqual(
    [data.log.length, line?.level, line?.message, line?.fields.dir],
    [2, "warn", "cannot see whether there is spill that no target uses", join(data.dir, "spill", "a")],
  );
});
