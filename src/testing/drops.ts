import type { PipelineReport } from "../engine/report.ts";

/** Events that a pipeline did not see through to the end, and why. */
export interface Drop {
  readonly pipeline: string;
  /** `fixedTimeWindow#0`; `null` when they never came to a stage. */
  readonly stage: string | null;
  /** A word of the ledger: `late`, `crash`, `shed`, … */
  readonly reason: string;
  readonly count: number;
}

/** All that the ledgers say was shed, lost or dropped. */
export function dropsOf(reports: readonly PipelineReport[]): Drop[] {
  return reports.flatMap(({ name, shed, lost, stages }) => [
    ...counted(name, null, { shed, ...lost }),
    ...stages.flatMap((stage) => [
      ...counted(name, stage.place, stage.lost),
      ...counted(name, stage.place, stage.dropped),
    ]),
  ]);
}

function counted(pipeline: string, stage: string | null, counts: Readonly<Record<string, number>>): Drop[] {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([reason, count]) => ({ pipeline, stage, reason, count }));
}
