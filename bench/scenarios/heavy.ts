import { measure, type Run } from "../measure.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against } from "../table.ts";
import { daemon } from "../target.ts";

// The ring lets senders go on when it is half empty, so acks come in bursts: a window of many of them.
const LOAD = { connections: 8, window: 16, batch: 100, warmUp: 1, seconds: 4 };

/** What a second worker brings when the pipelines, not the sockets, are the work. */
export const heavy: Scenario = {
  name: "heavy",
  about: "4 pipelines that burn 2 µs an event, 2 workers against 1",
  async run({ rounds }) {
    const one: Run[] = [];
    const two: Run[] = [];
    for (let round = 0; round < rounds; round++) {
      one.push(await measure(daemon("heavy", 1, 4), LOAD));
      two.push(await measure(daemon("heavy", 2, 4), LOAD));
    }
    const speed = ({ report }: Run): number => report.events_per_s;
    const gain = median(two.map((run, round) => speed(run) / speed(one[round] ?? run)));
    const row = (name: string, runs: readonly Run[]) => ({
      load: name,
      "k/s": (median(runs.map(speed)) / 1000).toFixed(0),
      "p99 ms": (median(runs.map(({ report }) => report.p99_us)) / 1000).toFixed(0),
      cores: median(runs.map(({ busy }) => busy)).toFixed(2),
      totals: runs.every((run) => run.isExact) ? "exact" : "WRONG",
    });
    const gained = { gain: `x ${gain.toFixed(2)}`, ...against(gain, { must: 1.6, aim: 1.85 }, true, (n) => `x ${n}`) };
    return {
      tables: [
        {
          title: `Heavy pipelines: 4 of 2 µs an event, 100 events a message, unpinned, medians of ${rounds}`,
          rows: [row("1 worker", one), { ...row("2 workers", two), ...gained }],
        },
      ],
      isExact: [...one, ...two].every((run) => run.isExact),
    };
  },
};
