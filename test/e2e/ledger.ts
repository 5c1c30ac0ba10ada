import assert from "node:assert/strict";
import type { PipelineReport } from "../../src/engine/report.ts";
import { MAX_WAIT_SECONDS, until } from "../until.ts";
import type { DaemonProcess } from "./daemon-process.ts";

/** The lines of a pipeline's books that do not add up; none when they balance to the last event. */
export function imbalances(report: PipelineReport): string[] {
  const { name, offered, accepted, shed, taken, inbox, lost, stages } = report;
  const wrong: string[] = [];
  const equal = (what: string, left: number, right: number): void => {
    if (left !== right) wrong.push(`${name}: ${what}: ${left} ≠ ${right}`);
  };
  equal("offered = accepted + shed", offered, accepted + shed);
  equal("accepted = taken + inbox + lost", accepted, taken + inbox + total(lost));
  for (const stage of stages) {
    const { place, received, handled, waiting, delivered, pending, dropped } = stage;
    equal(`${place}: received = handled + waiting + lost`, received, handled + waiting + total(stage.lost));
    // A stage that is no sink may have dropped some of what it handled; the others it passed on, or holds.
    if (delivered + pending + dropped.failed + dropped.refused > 0)
      equal(`${place}: handled = delivered + pending + dropped`, handled, delivered + pending + total(dropped));
  }
  return wrong;
}

/** The same for a list of stages that each pass on every event they handle. */
export function chainImbalances({ name, emitted, stages }: PipelineReport): string[] {
  const wrong: string[] = [];
  for (const [at, stage] of stages.entries()) {
    const next = stages[at + 1];
    const got = next === undefined ? emitted : next.received;
    if (stage.handled !== got) wrong.push(`${name}: ${stage.place} handled ${stage.handled}, below it came ${got}`);
  }
  return wrong;
}

/** The pipelines, once they are done and all books balance: a report does not stop workers, which may be at an event. */
export function balanced(
  daemon: DaemonProcess,
  isDone: (pipelines: readonly PipelineReport[]) => boolean = () => true,
): Promise<readonly PipelineReport[]> {
  let last = "";
  return until(
    "balanced books",
    async () => {
      const { pipelines } = await daemon.tree();
      const wrong = pipelines.flatMap(imbalances);
      last = JSON.stringify({ wrong, pipelines });
      return wrong.length === 0 && isDone(pipelines) && pipelines;
    },
    MAX_WAIT_SECONDS,
    () => last,
  );
}

export function assertBalanced(...reports: PipelineReport[]): void {
  assert.deepEqual(reports.flatMap(imbalances), []);
}

export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}
