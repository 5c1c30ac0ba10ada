import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuOf, inTurns, ratiosOf, speedOf } from "../in-turns.ts";
import type { Load } from "../load-process.ts";
import { measure, type Run } from "../measure.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Row } from "../table.ts";
import { daemon } from "../target.ts";
import { turnRows, watched } from "../watched-turns.ts";

const SERIES = { hosts: 1000, services: 100, connections: 8, window: 16, batch: 100 };
/** Half of what it can. All series come within the warm-up. */
const STEADY = { ...SERIES, rate: 100_000, warmUp: 5 };
const FULL = { ...SERIES, warmUp: 12, seconds: 12 };
/** Of the speed without snapshots, by processor time, which others on the machine do not change. */
const MUST = 0.93;
const EVERY_SECONDS = 10;

/** Snapshots of 100,000 keys of `rate`, and of as many events in the index. */
export const snapshots: Scenario = {
  name: "snapshots",
  about: "100,000 keys and 100,000 events of the index are saved: the longest turns, and the speed against none",
  async run({ rounds, isQuick }) {
    const steady = { ...STEADY, seconds: isQuick ? 10 : 60 };
    const turns: [name: string, run: Run][] = [];
    for (const workers of [1, 2])
      for (const interval of [null, 2]) {
        const name = `--workers ${workers}, ${interval === null ? "none" : "every 2 s"}`;
        turns.push([name, await run(workers, interval, steady, watched)]);
      }
    const runs = await inTurns(rounds, [null, EVERY_SECONDS], (interval) => run(1, interval, FULL));
    const [off, on] = [runs.get(null) ?? [], runs.get(EVERY_SECONDS) ?? []];
    const { rate, cpu } = ratiosOf(on, off);
    return {
      tables: [
        { title: "Snapshots, 100,000 events/s: ms of work a turn", rows: turns.flatMap(turnRows) },
        {
          title: `Snapshots at full load, 1 worker, medians of ${rounds}, by turns`,
          rows: [
            { snapshots: "none", ...figures(off) },
            {
              ...{ snapshots: `every ${EVERY_SECONDS} s`, ...figures(on) },
              ...{ "by rate": show(rate), "by cpu": show(cpu) },
              ...against(cpu, { must: MUST }, true, show),
            },
          ],
        },
      ],
      isExact: [...turns.map(([, one]) => one), ...off, ...on].every((one) => one.isExact),
    };
  },
};

const show = (value: number): string => value.toFixed(2);

function figures(runs: readonly Run[]): Row {
  return {
    "k/s": (median(runs.map(speedOf)) / 1000).toFixed(0),
    "cpu ns": (median(runs.map(cpuOf)) * 1e9).toFixed(0),
  };
}

/** @param interval - Of snapshots, seconds; `null`: there are none. */
async function run(workers: number, interval: number | null, load: Load, watch = same): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-bench-"));
  const flags = interval === null ? [] : ["--state", dir, "--state-interval", `${interval}`];
  return measure(watch(daemon("snapshots", workers, 1, flags)), load).finally(() => rmSync(dir, { recursive: true }));
}

const same: typeof watched = (target) => target;
