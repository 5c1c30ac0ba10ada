import { measureBusy, type Run } from "../measure.ts";
import type { Outcome, Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Row } from "../table.ts";
import { daemon } from "../target.ts";

const MAX_ROUNDS = 3;
/** By events a message. */
const GOALS = { 100: { must: 3 }, 1000: { must: 2 } } as const;

/** How alike the acks of all connections are when all send as fast as they can. */
export const fairness: Scenario = {
  name: "fairness",
  about: "p99 / p50 of the ack at saturation, 8 and 100 connections, with and without a worker",
  async run(settings): Promise<Outcome> {
    const rounds = Math.min(settings.rounds, MAX_ROUNDS);
    const rows: Row[] = [];
    const all: Run[] = [];
    for (const workers of [0, 1])
      for (const connections of [8, 100])
        for (const batch of [100, 1000] as const) {
          const runs: Run[] = [];
          // Tails need the long warm-up: each connection's start is one.
          const load = { connections, window: 16, batch, warmUp: 4, seconds: 2 };
          for (let round = 0; round < rounds; round++) runs.push(await measureBusy(daemon("4x4", workers, 4), load));
          all.push(...runs);
          const spread = median(runs.map(({ report }) => report.p99_us / report.p50_us));
          const ms = (of: (run: Run) => number): string => (median(runs.map(of)) / 1000).toFixed(2);
          rows.push({
            load: `${connections} connections, ${workers === 1 ? "1 worker" : "0 workers"}`,
            batch: String(batch),
            "p50 ms": ms(({ report }) => report.p50_us),
            "p99 ms": ms(({ report }) => report.p99_us),
            "p999 ms": ms(({ report }) => report.p999_us),
            "p99 / p50": spread.toFixed(2),
            ...against(spread, GOALS[batch], false, String),
            busy: median(runs.map(({ busy }) => busy)).toFixed(2),
            totals: runs.every((run) => run.isExact) ? "exact" : "WRONG",
          });
        }
    const title = `Fairness: 4x4 at saturation, window 16, medians of ${rounds}`;
    return { tables: [{ title, rows }], isExact: all.every((run) => run.isExact) };
  },
};
