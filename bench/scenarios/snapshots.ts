import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTurns, ratiosOf, speedOf } from "../in-turns.ts";
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
/** Of two daemons beside each other, which others on the machine keep from working alike. */
const BESIDE = { ...SERIES, rate: 40_000, warmUp: 8, seconds: 40 };
const OFTEN_SECONDS = 2;
const EVERY_SECONDS = 10;
/** Of the speed without snapshots: what they leave of a core, and at full load. */
const MUST = 0.93;

/** Snapshots of 100,000 keys of `rate`, and of as many events in the index. */
export const snapshots: Scenario = {
  name: "snapshots",
  about: "100,000 keys and 100,000 events of the index are saved: the longest turns, and the speed against none",
  async run({ rounds, isQuick }) {
    const steady = { ...STEADY, seconds: isQuick ? 10 : 60 };
    const turns: [name: string, run: Run][] = [];
    for (const workers of [1, 2])
      for (const interval of [null, OFTEN_SECONDS]) {
        const name = `--workers ${workers}, ${interval === null ? "none" : `every ${interval} s`}`;
        turns.push([name, await run(workers, interval, steady, watched)]);
      }
    const pairs: Run[][] = [];
    for (let round = 0; round < rounds; round++)
      pairs.push(await Promise.all([null, EVERY_SECONDS].map((interval) => run(1, interval, BESIDE))));
    const runs = await inTurns(rounds, [null, EVERY_SECONDS], (interval) => run(1, interval, FULL));
    const [off, on] = [runs.get(null) ?? [], runs.get(EVERY_SECONDS) ?? []];
    return {
      tables: [
        { title: "Snapshots, 100,000 events/s: ms of work a turn", rows: turns.flatMap(turnRows) },
        {
          title: `Snapshots every ${EVERY_SECONDS} s, 1 worker, medians of ${rounds}`,
          rows: [
            share("of a core that are left, by two daemons beside each other", leftOf(pairs)),
            share(`of ${thousands(off)} k/s at full load, by turns`, ratiosOf(on, off).rate),
          ],
        },
      ],
      isExact: [...turns.map(([, one]) => one), ...pairs.flat(), ...off, ...on].every((one) => one.isExact),
    };
  },
};

/** Of a core, when it does nothing but that: by how much more of the processor the one with snapshots takes. */
function leftOf(pairs: readonly (readonly Run[])[]): number {
  return 1 - median(pairs.map(([off, on]) => (on?.busy ?? Number.NaN) - (off?.busy ?? Number.NaN)));
}

function share(what: string, value: number): Row {
  const show = (ratio: number): string => ratio.toFixed(3);
  return { what, value: show(value), ...against(value, { must: MUST }, true, show) };
}

const thousands = (runs: readonly Run[]): string => (median(runs.map(speedOf)) / 1000).toFixed(0);

/** @param interval - Of snapshots, seconds; `null`: there are none. */
async function run(workers: number, interval: number | null, load: Load, watch = same): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-bench-"));
  const flags = interval === null ? [] : ["--state", dir, "--state-interval", `${interval}`];
  return measure(watch(daemon("snapshots", workers, 1, flags)), load).finally(() => rmSync(dir, { recursive: true }));
}

const same: typeof watched = (target) => target;
