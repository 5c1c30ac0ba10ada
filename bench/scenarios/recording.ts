import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureBusy, type Run } from "../measure.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { daemon } from "../target.ts";

/** What `--record` costs at full load: processor time an event, and speed. */
export const recording: Scenario = {
  name: "recording",
  about: "decode with --record against without, --workers 0",
  async run({ rounds, batches }) {
    const dir = mkdtempSync(join(tmpdir(), "fast-ts-bench-"));
    const file = join(dir, "capture");
    const targets = [daemon("trivial", 0, 1), daemon("trivial", 0, 1, ["--record", file])];
    const runs = new Map<string, Run[]>();
    try {
      for (let round = 0; round < rounds; round++)
        for (const batch of batches)
          for (const target of targets) {
            const load = { connections: 8, window: 16, batch, warmUp: 0.7, seconds: 0.8 };
            const key = `${batch} ${target.name}`;
            runs.set(key, [...(runs.get(key) ?? []), await measureBusy(target, load)]);
          }
    } finally {
      rmSync(dir, { recursive: true });
    }
    const rows = batches.flatMap((batch) => {
      const [plain = [], recorded = []] = targets.map(({ name }) => runs.get(`${batch} ${name}`));
      const ratio = median(recorded.map((run, round) => speed(run) / speed(plain[round] ?? run)));
      return [row("off", batch, plain), { ...row("on", batch, recorded), ratio: ratio.toFixed(3) }];
    });
    return {
      tables: [{ title: `Recording: 8 connections, window 16, medians of ${rounds}`, rows }],
      isExact: [...runs.values()].flat().every((run) => run.isExact),
    };
  },
};

const speed = ({ report }: Run): number => report.events_per_s;

function row(name: string, batch: number, runs: readonly Run[]) {
  return {
    "--record": name,
    batch: String(batch),
    "M/s": (median(runs.map(speed)) / 1e6).toFixed(2),
    "cpu ns": (median(runs.map((run) => run.busy / speed(run))) * 1e9).toFixed(0),
    "p99 ms": (median(runs.map(({ report }) => report.p99_us)) / 1000).toFixed(2),
    totals: runs.every((run) => run.isExact) ? "exact" : "WRONG",
  };
}
