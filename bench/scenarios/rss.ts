import { measure } from "../measure.ts";
import type { Sample } from "../samples.ts";
import type { Outcome, Scenario } from "../scenario.ts";
import { median, slope } from "../statistics.ts";
import { against, type Row } from "../table.ts";
import { daemon } from "../target.ts";

const MEGABYTE = 1024 * 1024;
const MIN_MEGABYTES = 160;
const PER_WORKER = 45;

/** Whether memory stays where it is under as much load as there can be. */
export const rss: Scenario = {
  name: "rss",
  about: "memory at saturation, 4x4 with 0 and 1 worker; --seconds 60 for the goal",
  async run({ rssSeconds }): Promise<Outcome> {
    const rows: Row[] = [];
    let isExact = true;
    for (const workers of [0, 1]) {
      const target = daemon("4x4", workers, 4);
      const load = { connections: 8, window: 16, batch: 100, warmUp: 0.7, seconds: rssSeconds };
      const run = await measure(target, load);
      isExact &&= run.isExact;
      const max = Math.max(...run.samples.map(megabytes));
      rows.push({
        load: target.name,
        "M/s": (run.report.events_per_s / 1e6).toFixed(2),
        "max MB": max.toFixed(0),
        ...against(max, { must: MIN_MEGABYTES + workers * PER_WORKER }, false, String),
        ...drift(run.samples),
        totals: run.isExact ? "exact" : "WRONG",
      });
    }
    return { tables: [{ title: `Memory at saturation over ${rssSeconds} s, 100 events a message`, rows }], isExact };
  },
};

/** How the second half of the time differs from the first, once warm. */
function drift(samples: readonly Sample[]): Row {
  const warm = samples.slice(samples.length >> 2);
  const middle = warm.length >> 1;
  const [before, after] = [median(warm.slice(0, middle).map(megabytes)), median(warm.slice(middle).map(megabytes))];
  const perMinute = slope(warm.map((sample) => [sample.at / 60, megabytes(sample)]));
  return { "MB a minute": perMinute.toFixed(1), growth: `${((after / before - 1) * 100).toFixed(1)} %` };
}

function megabytes({ rssBytes }: Sample): number {
  return rssBytes / MEGABYTE;
}
