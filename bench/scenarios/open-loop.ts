import { measure, measureBusy, type Run } from "../measure.ts";
import type { Outcome, Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Row } from "../table.ts";
import { daemon, reference } from "../target.ts";

const SHARE = 0.4;
const LOAD = { connections: 8, window: 16, batch: 100, warmUp: 1, seconds: 2 };

/** How long an ack takes when the daemon has time. */
export const openLoop: Scenario = {
  name: "open-loop",
  about: "ack latency at 40 % of own capacity, 100 events a message",
  async run({ rounds }): Promise<Outcome> {
    const ceiling = reference();
    const rows: Row[] = [];
    const all: Run[] = [];
    for (const workers of [0, 1]) {
      const target = daemon("4x4", workers, 4);
      const capacity = await measureBusy(target, { ...LOAD, seconds: 1 });
      const load = { ...LOAD, rate: capacity.report.events_per_s * SHARE };
      const floor: Run[] = [];
      const runs: Run[] = [];
      for (let round = 0; round < rounds; round++) {
        floor.push(await measure(ceiling, load));
        runs.push(await measure(target, load));
      }
      all.push(capacity, ...floor, ...runs);
      rows.push(row(`${ceiling.name} at the same rate`, floor));
      const p99 = median(runs.map(({ report }) => report.p99_us)) / 1000;
      rows.push({ ...row(target.name, runs), ...against(p99, { must: 5, aim: 1.5 }, false, String) });
    }
    const title = `Open loop: 4x4 at ${SHARE * 100} % of its own capacity, 100 events a message, medians of ${rounds}`;
    return { tables: [{ title, rows }], isExact: all.every((run) => run.isExact) };
  },
};

function row(name: string, runs: readonly Run[]): Row {
  const ms = (of: (run: Run) => number): string => (median(runs.map(of)) / 1000).toFixed(2);
  return {
    load: name,
    "M/s": (median(runs.map(({ report }) => report.events_per_s)) / 1e6).toFixed(2),
    busy: median(runs.map(({ busy }) => busy)).toFixed(2),
    "p50 ms": ms(({ report }) => report.p50_us),
    "p99 ms": ms(({ report }) => report.p99_us),
    "p999 ms": ms(({ report }) => report.p999_us),
    totals: runs.every((run) => run.isExact) ? "exact" : "WRONG",
  };
}
