import type { Run } from "./measure.ts";
import { median } from "./statistics.ts";

/** Of the speed, and of what an event takes of the processor, that another target has. */
export interface Ratios {
  /** Events a second. What others do to the machine changes it. */
  readonly rate: number;
  /** Events for each second of the processor: what others do changes it little. */
  readonly cpu: number;
}

/** Measures things by turns, each once a round, every other round in the reverse order, as the machine changes meanwhile. */
export async function inTurns<Name>(
  rounds: number,
  names: readonly Name[],
  measure: (name: Name) => Promise<Run>,
): Promise<ReadonlyMap<Name, readonly Run[]>> {
  const runs = new Map<Name, Run[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) runs.get(name)?.push(await measure(name));
  return runs;
}

/** Medians, round by round. */
export function ratiosOf(runs: readonly Run[], plain: readonly Run[]): Ratios {
  const ratio = (figure: (run: Run) => number): number =>
    median(runs.map((run, round) => figure(run) / figure(plain[round] ?? run)));
  return { rate: ratio(speedOf), cpu: ratio((run) => 1 / cpuOf(run)) };
}

/** Events a second. */
export function speedOf({ report }: Run): number {
  return report.events_per_s;
}

/** Seconds of the processor an event. */
export function cpuOf(run: Run): number {
  return run.busy / speedOf(run);
}
