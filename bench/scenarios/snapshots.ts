import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load } from "../load-process.ts";
import { measure, type Run } from "../measure.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against } from "../table.ts";
import { daemon } from "../target.ts";
import { turnRows, watched } from "../watched-turns.ts";

const SERIES = { hosts: 1000, services: 100, connections: 8, window: 16, batch: 100 };
/** Half of what it can. All series come within the warm-up. */
const STEADY = { ...SERIES, rate: 100_000, warmUp: 5 };
const FULL = { ...SERIES, warmUp: 12, seconds: 12 };
/** Of the speed without snapshots. */
const MUST = 0.93;

/** Snapshots of 100,000 keys of `rate`, and of as many events in the index. */
export const snapshots: Scenario = {
  name: "snapshots",
  about: "100,000 keys and 100,000 events of the index are saved: the longest turns, and the speed against none",
  async run({ rounds, isQuick }) {
    const steady = { ...STEADY, seconds: isQuick ? 10 : 60 };
    const turns: [name: string, run: Run][] = [];
    for (const workers of [1, 2]) turns.push([`--workers ${workers}`, await run(workers, 2, steady, watched)]);
    const [off, on]: [Run[], Run[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      off.push(await run(1, null, FULL));
      on.push(await run(1, 10, FULL));
    }
    const ratio = median(on.map((one, round) => speed(one) / speed(off[round] ?? one)));
    const show = (value: number): string => value.toFixed(2);
    return {
      tables: [
        { title: "Snapshots every 2 s, 100,000 events/s: ms of work a turn", rows: turns.flatMap(turnRows) },
        {
          title: `Snapshots at full load, 1 worker, medians of ${rounds}`,
          rows: [
            { snapshots: "none", "k/s": thousands(off) },
            {
              snapshots: "every 10 s",
              "k/s": thousands(on),
              ratio: show(ratio),
              ...against(ratio, { must: MUST }, true, show),
            },
          ],
        },
      ],
      isExact: [...turns.map(([, one]) => one), ...off, ...on].every((one) => one.isExact),
    };
  },
};

const speed = ({ report }: Run): number => report.events_per_s;
const thousands = (runs: readonly Run[]): string => (median(runs.map(speed)) / 1000).toFixed(0);

/** @param interval - Of snapshots, seconds; `null`: there are none. */
async function run(workers: number, interval: number | null, load: Load, watch = same): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-bench-"));
  const flags = interval === null ? [] : ["--state", dir, "--state-interval", `${interval}`];
  return measure(watch(daemon("snapshots", workers, 1, flags)), load).finally(() => rmSync(dir, { recursive: true }));
}

const same: typeof watched = (target) => target;
