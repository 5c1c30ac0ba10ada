import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../../bench/statistics.ts";
import type { Entry } from "../../src/state/entry.ts";
import { NODE_FILES } from "../../src/state/file-layer.ts";
import { SegmentLog } from "../../src/state/segment-log.ts";
import { Client } from "../e2e/client.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { drill } from "./drill.ts";

const SPILL_BYTES = 1024 ** 3;
/** Nobody listens there. */
const ROUTES = {
  "a.ts": `import { pipeline, webhook } from "fast-ts";
pipeline("a", [webhook("http://127.0.0.1:9/", { spill: { maxBytes: ${2 * SPILL_BYTES} } })]);`,
};

/** Repeats the entries of a log until it has 1 GiB. Returns its items. */
async function grow(dir: string): Promise<number> {
  const log = await SegmentLog.open({ dir, files: NODE_FILES, onDamage: ({ why }) => assert.fail(why) });
  const reader = log.reader();
  const entries: Entry[] = [];
  for (let read = await reader.read(); read.length > 0; read = await reader.read()) entries.push(...read);
  await reader.close();
  while (log.bytes < SPILL_BYTES) await log.append(entries);
  await log.close();
  return log.next - log.cursor;
}

drill("a start with 1 GiB of spill takes no longer than one without", 0, async ({ t, times, say }) => {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-drill-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const [full, empty] = [join(dir, "full"), join(dir, "empty")];
  const started = async (data: string): Promise<readonly [number, DaemonProcess]> => {
    const begun = performance.now();
    const daemon = await DaemonProcess.start(t, ROUTES, ["--data", data, "--workers", "1"]);
    return [(performance.now() - begun) / 1000, daemon];
  };
  const [, first] = await started(full);
  const client = await Client.open(first.port);
  const events = Array.from({ length: 1000 }, (_, at) => ({ host: "h", service: `s${at}`, metric_sint64: at }));
  await client.ask({ events });
  client.close();
  await first.stop();
  const [target = ""] = readdirSync(join(full, "spill"));
  const [log = ""] = readdirSync(join(full, "spill", target)).filter((name) => name.startsWith("items"));
  const items = await grow(join(full, "spill", target, log));
  const seconds: { readonly full: number[]; readonly empty: number[] } = { full: [], empty: [] };
  for (let n = 0; n < times; n++)
    for (const [kind, data] of [
      ["full", full],
      ["empty", empty],
    ] as const) {
      const [took, daemon] = await started(data);
      seconds[kind].push(took);
      if (kind === "full")
        assert.equal((await daemon.logged("spill was found on disk: it is sent first")).items, items);
      await daemon.stop();
    }
  const [withSpill, without] = [median(seconds.full), median(seconds.empty)];
  say(`${items} items: start ${withSpill.toFixed(2)} s with, ${without.toFixed(2)} s without`);
  assert.ok(withSpill < without + 1, "the start reads the end of the spill alone");
});
