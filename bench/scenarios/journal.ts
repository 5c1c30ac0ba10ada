import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuOf, inTurns, ratiosOf, speedOf } from "../in-turns.ts";
import { measure, type Run } from "../measure.ts";
import type { Scenario, Settings } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Row } from "../table.ts";
import { daemon, type Target } from "../target.ts";

/**
 * Of the speed without. Synced each second it is the processor that bounds it, so its time is compared: others on the machine
 * change that little. Synced before each ack, at 100 events a message, the disk does, too: the worse of both counts.
 */
const MUST = { "1s": 0.9, always: 0.5 };
const ALWAYS_BATCH = 100;
const SYNCS = ["off", "1s", "always"] as const;
type Sync = (typeof SYNCS)[number];

/** What `--journal` costs at full load: processor time an event, and speed. */
export const journal: Scenario = {
  name: "journal",
  about: "4x4 with --journal, synced each second or always, against none, 1 worker",
  async run({ rounds, batches }: Settings) {
    const rows: Row[] = [];
    let isExact = true;
    for (const batch of batches) {
      const load = { connections: 8, window: 16, batch, warmUp: 1, seconds: 3 };
      const runs = await inTurns(rounds, SYNCS, (sync) => inDirectory((dir) => measure(target(sync, dir), load)));
      rows.push(...SYNCS.map((sync) => row(sync, batch, runs)));
      isExact &&= [...runs.values()].flat().every((run) => run.isExact);
    }
    return {
      tables: [{ title: `The journal: 8 connections, window 16, medians of ${rounds}, by turns`, rows }],
      isExact,
    };
  },
};

function target(sync: Sync, dir: string): Target {
  const state = ["--state", join(dir, "state")];
  return daemon(
    "4x4",
    1,
    4,
    sync === "off" ? state : [...state, "--journal", join(dir, "journal"), "--journal-sync", sync],
  );
}

async function inDirectory<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-bench-"));
  return work(dir).finally(() => rmSync(dir, { recursive: true }));
}

function row(sync: Sync, batch: number, all: ReadonlyMap<Sync, readonly Run[]>): Row {
  const [runs, plain] = [all.get(sync) ?? [], all.get("off") ?? []];
  return {
    "--journal": sync,
    batch: String(batch),
    "M/s": (median(runs.map(speedOf)) / 1e6).toFixed(2),
    "cpu ns": (median(runs.map(cpuOf)) * 1e9).toFixed(0),
    "p99 ms": (median(runs.map(({ report }) => report.p99_us)) / 1000).toFixed(2),
    totals: runs.every((run) => run.isExact) ? "exact" : "WRONG",
    ...(sync !== "off" && ratioColumns(sync, batch, runs, plain)),
  };
}

function ratioColumns(sync: keyof typeof MUST, batch: number, runs: readonly Run[], plain: readonly Run[]): Row {
  const { rate, cpu } = ratiosOf(runs, plain);
  const show = (value: number): string => value.toFixed(2);
  const isJudged = sync === "1s" || batch === ALWAYS_BATCH;
  return {
    ...{ "by rate": show(rate), "by cpu": show(cpu) },
    ...(isJudged && against(sync === "1s" ? cpu : Math.min(rate, cpu), { must: MUST[sync] }, true, show)),
  };
}
