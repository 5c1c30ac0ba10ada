import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureBusy, type Run } from "../measure.ts";
import type { Scenario, Settings } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Row } from "../table.ts";
import { daemon, type Target } from "../target.ts";

/** Of the speed without: the journal synced each second, and before each ack at 100 events a message. */
const MUST = { "1s": 0.9, always: 0.5 };
const ALWAYS_BATCH = 100;

/** What `--journal` costs at full load: processor time an event, and speed. */
export const journal: Scenario = {
  name: "journal",
  about: "4x4 with --journal, synced each second or always, against none, 1 worker",
  async run({ rounds, batches }: Settings) {
    const runs = new Map<string, Run[]>();
    for (let round = 0; round < rounds; round++)
      for (const batch of batches)
        for (const sync of ["off", "1s", "always"]) {
          const load = { connections: 8, window: 16, batch, warmUp: 1, seconds: 2 };
          const key = `${batch} ${sync}`;
          runs.set(key, [...(runs.get(key) ?? []), await inDirectory((dir) => measureBusy(target(sync, dir), load))]);
        }
    const of = (batch: number, sync: string): readonly Run[] => runs.get(`${batch} ${sync}`) ?? [];
    const rows = batches.flatMap((batch) => [
      row("off", batch, of(batch, "off")),
      { ...row("1s", batch, of(batch, "1s")), ...ratio(of(batch, "1s"), of(batch, "off"), MUST["1s"]) },
      {
        ...row("always", batch, of(batch, "always")),
        ...ratio(of(batch, "always"), of(batch, "off"), batch === ALWAYS_BATCH ? MUST.always : null),
      },
    ]);
    return {
      tables: [{ title: `The journal: 8 connections, window 16, medians of ${rounds}`, rows }],
      isExact: [...runs.values()].flat().every((run) => run.isExact),
    };
  },
};

function target(sync: string, dir: string): Target {
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

const speed = ({ report }: Run): number => report.events_per_s;

/** Round by round, as the machine changes. */
function ratio(runs: readonly Run[], plain: readonly Run[], must: number | null): Row {
  const found = median(runs.map((run, round) => speed(run) / speed(plain[round] ?? run)));
  const show = (value: number): string => value.toFixed(2);
  return { ratio: show(found), ...(must !== null && against(found, { must }, true, show)) };
}

function row(sync: string, batch: number, runs: readonly Run[]): Row {
  return {
    "--journal": sync,
    batch: String(batch),
    "M/s": (median(runs.map(speed)) / 1e6).toFixed(2),
    "cpu ns": (median(runs.map((run) => run.busy / speed(run))) * 1e9).toFixed(0),
    "p99 ms": (median(runs.map(({ report }) => report.p99_us)) / 1000).toFixed(2),
    totals: runs.every((run) => run.isExact) ? "exact" : "WRONG",
  };
}
