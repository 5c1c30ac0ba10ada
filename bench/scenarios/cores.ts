import type { Load } from "../load-process.ts";
import { measure, type Run } from "../measure.ts";
import type { Outcome, Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Goal, type Row } from "../table.ts";
import { daemon, hasTools, reference, type Target } from "../target.ts";

interface Routes {
  readonly name: string;
  readonly pipelines: number;
  /** Ratios to the ceiling with the default number of workers, by events a message. */
  readonly goals: Readonly<Record<number, Goal>>;
}

const ROUTES: readonly Routes[] = [
  { name: "by-host", pipelines: 4, goals: { 1: { must: 0.36, aim: 0.45 }, 100: { must: 0.19, aim: 0.25 } } },
  { name: "index-percentiles", pipelines: 2, goals: { 1: { must: 0.42, aim: 0.5 }, 100: { must: 0.19, aim: 0.26 } } },
  { name: "two-trivial", pipelines: 2, goals: { 100: { must: 0.34, aim: 0.55 } } },
];
const BATCHES = [1, 100];
const WORKERS = [0, 1, 2, null];
const MEGABYTE = 1024 * 1024;

/**
 * Pipelines that are spread over all workers, with several numbers of them, interleaved with the ceiling. Nothing is pinned: what
 * the load generator uses of the cores counts.
 */
export const cores: Scenario = {
  name: "cores",
  about: "pipelines in all workers, with 0, 1, 2 and the default number of them, against the ceiling; unpinned",
  async run({ rounds }): Promise<Outcome> {
    const ceiling = unpinned(reference());
    const loads = ROUTES.map((routes) => ({
      routes,
      targets: WORKERS.map((workers) => unpinned(daemon(routes.name, workers, routes.pipelines))),
    }));
    const runs = new Map<string, Run[]>();
    for (let round = 0; round < rounds; round++)
      for (const batch of BATCHES)
        for (const target of [ceiling, ...loads.flatMap(({ targets }) => targets)]) {
          const run = await measure(target, loadOf(batch));
          const key = `${target.name} ${batch}`;
          runs.set(key, [...(runs.get(key) ?? []), run]);
        }
    const of = (target: Target, batch: number): readonly Run[] => runs.get(`${target.name} ${batch}`) ?? [];
    const rows = loads.flatMap(({ routes: { goals }, targets }) =>
      BATCHES.flatMap((batch) =>
        targets.map((target, at) => {
          const goal = WORKERS[at] === null && hasTools() ? goals[batch] : undefined;
          return toRow(target, batch, of(target, batch), of(ceiling, batch), goal);
        }),
      ),
    );
    const ceilings = BATCHES.map((batch) => describe(ceiling, batch, of(ceiling, batch)));
    const title = `All cores: 8 connections, window 16, unpinned; ratio to the ${ceiling.name} of the same round, medians of ${rounds}`;
    return {
      tables: [{ title, rows: [...rows, ...ceilings] }],
      isExact: [...runs.values()].flat().every((run) => run.isExact),
    };
  },
};

function loadOf(batch: number): Load {
  return { connections: 8, window: 16, batch, warmUp: 2, seconds: 2 };
}

function unpinned(target: Target): Target {
  return { ...target, isSingle: false };
}

function toRow(target: Target, batch: number, runs: readonly Run[], ceilings: readonly Run[], goal?: Goal): Row {
  const toCeiling = (of: (run: Run) => number): number =>
    median(runs.map((run, round) => of(run) / of(ceilings[round] ?? run)));
  const ratio = toCeiling(({ report }) => report.events_per_s);
  const show = (n: number): string => n.toFixed(3);
  return {
    ...describe(target, batch, runs),
    ratio: show(ratio),
    ...(goal === undefined ? {} : against(ratio, goal, true, show)),
  };
}

function describe({ name }: Target, batch: number, runs: readonly Run[]): Row {
  const mid = (of: (run: Run) => number): number => median(runs.map(of));
  return {
    load: name,
    batch: String(batch),
    "k/s": (mid(({ report }) => report.events_per_s) / 1000).toFixed(0),
    "cpu ns": ((mid(({ busy }) => busy) / mid(({ report }) => report.events_per_s)) * 1e9).toFixed(0),
    cores: mid(({ busy }) => busy).toFixed(2),
    "p99 ms": (mid(({ report }) => report.p99_us) / 1000).toFixed(1),
    "max MB": mid(({ samples }) => Math.max(...samples.map(({ rssBytes }) => rssBytes / MEGABYTE))).toFixed(0),
    totals: runs.every((run) => run.isExact) ? "exact" : "WRONG",
  };
}
