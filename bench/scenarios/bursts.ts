import { measure, type Run } from "../measure.ts";
import type { Outcome, Scenario } from "../scenario.ts";
import { against, type Row } from "../table.ts";
import { daemon } from "../target.ts";
import { turnRows, watched } from "../watched-turns.ts";

/** 10,000 series. What is sent has expired after 30 s, as it says when the load generator began: then all end every 10 s. */
const LOAD = { connections: 50, window: 16, batch: 50, rate: 150_000, hosts: 500, services: 20, warmUp: 5 };

/** How long an ack takes while much is due at once, and the longest turns meanwhile. */
export const bursts: Scenario = {
  name: "bursts",
  about: "ack latency while 10,000 series expire together, 150,000 events/s, for 5 minutes; the longest turns",
  async run({ isQuick }): Promise<Outcome> {
    const load = { ...LOAD, seconds: isQuick ? 60 : 300 };
    const runs: [name: string, run: Run][] = [];
    for (const workers of isQuick ? [0, 1] : [0, 1, 2]) {
      const target = watched(daemon("bursts", workers, 1));
      runs.push([target.name, await measure(target, load)]);
    }
    return {
      tables: [
        { title: `Bursts: ${load.seconds} s, acks from when they were due`, rows: runs.flatMap(acks) },
        { title: "Turns: ms of work, without waits for a processor", rows: runs.flatMap(turnRows) },
      ],
      isExact: runs.every(([, run]) => run.isExact),
    };
  },
};

function acks([name, { report, busy, isExact }]: [string, Run]): Row[] {
  const ms = (us: number): string => (us / 1000).toFixed(1);
  const common = { load: name, "k/s": (report.events_per_s / 1000).toFixed(0), cores: busy.toFixed(2) };
  const goal = (us: number, must: number): Row => against(us / 1000, { must }, false, String);
  return [
    { ...common, ack: "p50", ms: ms(report.p50_us), totals: isExact ? "exact" : "WRONG" },
    { load: "", ack: "p99", ms: ms(report.p99_us), ...goal(report.p99_us, 15) },
    { load: "", ack: "p999", ms: ms(report.p999_us), ...goal(report.p999_us, 50) },
  ];
}
