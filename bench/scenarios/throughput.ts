import { MIN_BUSY, measureBusy, type Run } from "../measure.ts";
import type { Outcome, Scenario, Settings } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against, type Goal, type Row } from "../table.ts";
import { daemon, hasTools, reference, type Target } from "../target.ts";

interface Variant {
  readonly name: string;
  readonly about: string;
  readonly target: Target;
  /** Ratios to the ceiling, by events a message. */
  readonly goals: Readonly<Record<number, Goal>>;
}

const LIGHT = goals([0.28, 0.14, 0.12, 0.12], [0.38, 0.19, 0.165, 0.165]);
const VARIANTS: readonly Variant[] = [
  {
    name: "decode",
    about: "decode to events and ack, one pipeline with one trivial stage, --workers 0",
    target: daemon("trivial", 0, 1),
    goals: goals([0.4, 0.27, 0.28, 0.27], [0.5, 0.34, 0.36, 0.35]),
  },
  {
    name: "4x4",
    about: "4 pipelines of 4 stages, state in a stage of the user's own, --workers 0",
    target: daemon("4x4", 0, 4),
    goals: LIGHT,
  },
  {
    name: "4x4-by",
    about: "the same with the state in a by, --workers 0",
    target: daemon("4x4-by", 0, 4),
    goals: LIGHT,
  },
  {
    name: "4x4-worker",
    about: "4x4 in one worker",
    target: daemon("4x4", 1, 4),
    goals: goals([0.22, 0.12, 0.11, 0.11], [0.3, 0.17, 0.15, 0.15]),
  },
];

/** Events per second, and their ratio to the ceiling's: all variants in one interleaved run, so that they can be compared. */
export const throughput: Scenario = {
  name: "throughput",
  about: `${VARIANTS.map((variant) => variant.name).join(", ")}: events per second, interleaved with the ceiling`,
  run: (settings) => compare(VARIANTS, settings),
};

/** Each variant alone. */
export const throughputParts: readonly Scenario[] = VARIANTS.map((variant) => ({
  name: variant.name,
  about: variant.about,
  isPart: true,
  run: (settings: Settings) => compare([variant], settings),
}));

async function compare(variants: readonly Variant[], { rounds, batches }: Settings): Promise<Outcome> {
  const ceiling = reference();
  const runs = new Map<string, Run[]>();
  for (let round = 0; round < rounds; round++)
    for (const batch of batches)
      for (const target of [ceiling, ...variants.map((variant) => variant.target)]) {
        const run = await measureBusy(target, { connections: 8, window: 16, batch, warmUp: 2, seconds: 0.8 });
        const key = `${target.name} ${batch}`;
        runs.set(key, [...(runs.get(key) ?? []), run]);
      }
  const of = (target: Target, batch: number): readonly Run[] => runs.get(`${target.name} ${batch}`) ?? [];
  const rows = variants.flatMap((variant) =>
    batches.map((batch) => {
      const goal = hasTools() ? variant.goals[batch] : undefined;
      return toRow(variant, batch, of(variant.target, batch), of(ceiling, batch), goal);
    }),
  );
  const ceilings = batches.map((batch) => describe(ceiling.name, batch, of(ceiling, batch)));
  const title = `Throughput: 8 connections, window 16; ratio to the ${ceiling.name} of the same round, medians of ${rounds}`;
  return {
    tables: [{ title, rows: [...rows, ...ceilings] }],
    isExact: [...runs.values()].flat().every((run) => run.isExact),
  };
}

function toRow(variant: Variant, batch: number, runs: readonly Run[], ceilings: readonly Run[], goal?: Goal): Row {
  const toCeiling = (of: (run: Run) => number): readonly number[] =>
    runs.map((run, round) => of(run) / of(ceilings[round] ?? run));
  const ratios = toCeiling((run) => run.report.events_per_s);
  const ratio = median(ratios);
  // By processor time: steadier on a busy machine, but kind to small messages.
  const byCpu = median(toCeiling((run) => run.report.events_per_s / run.busy));
  const show = (n: number): string => n.toFixed(3);
  return {
    ...describe(variant.name, batch, runs),
    ratio: show(ratio),
    "by cpu": show(byCpu),
    range: `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`,
    ...(goal === undefined ? {} : against(ratio, goal, true, show)),
  };
}

function describe(name: string, batch: number, runs: readonly Run[]): Row {
  const mid = (of: (run: Run) => number): number => median(runs.map(of));
  const busy = mid((run) => run.busy);
  const idle = runs.filter((run) => run.busy < MIN_BUSY).length;
  return {
    load: name,
    batch: String(batch),
    "M/s": (mid((run) => run.report.events_per_s) / 1e6).toFixed(2),
    "cpu ns": ((busy / mid((run) => run.report.events_per_s)) * 1e9).toFixed(0),
    "p50 ms": (mid((run) => run.report.p50_us) / 1000).toFixed(2),
    "p99 ms": (mid((run) => run.report.p99_us) / 1000).toFixed(2),
    busy: busy.toFixed(2),
    // Rounds in which something else kept the server from working, in spite of the repeats.
    disturbed: idle === 0 ? "" : `${idle} of ${runs.length}`,
    totals: runs.every((run) => run.isExact) ? "exact" : "WRONG",
  };
}

function goals(must: readonly number[], aim: readonly number[]): Readonly<Record<number, Goal>> {
  return Object.fromEntries([1, 10, 100, 1000].map((batch, i) => [batch, { must: must[i] ?? 0, aim: aim[i] ?? 0 }]));
}
