import type { DropReason } from "../core/stage.ts";
import type { BucketCounts, FailingSpillReport, TargetReport, ThreadTargetReport } from "./report.ts";

/** One report a target, in the order in which they come: those of several threads added up. */
export function totalsOf(reports: readonly ThreadTargetReport[]): TargetReport[] {
  return sumsOf(reports).map(settled);
}

/** The same for some of the threads. */
export function sumsOf(reports: readonly ThreadTargetReport[]): ThreadTargetReport[] {
  const sums = new Map<string, ThreadTargetReport>();
  for (const report of reports) {
    const known = sums.get(report.target);
    sums.set(report.target, known === undefined ? report : sumOf(known, report));
  }
  return [...sums.values()];
}

/** The report of a thread that is gone: what it held in memory is given up. */
export function lastReport(report: ThreadTargetReport, endedAt: number): ThreadTargetReport {
  const { pending, spilled, spills } = report;
  return {
    ...report,
    pending: 0,
    dropped: { ...report.dropped, failed: report.dropped.failed + pending },
    oldest: null,
    circuit: "closed",
    spillError: null,
    spills: spills.map((spill) => ({ ...spill, endedAt, left: spilled })),
  };
}

/**
 * Counts once what threads that ended have left on disk: whoever opens the spill of a target takes over all of it. Their
 * last reports are older than their ends: what was found beyond them they had taken, what was not found had been delivered.
 */
function settled({ spills, ...sum }: ThreadTargetReport): TargetReport {
  const firstEnd = Math.min(...spills.map(({ endedAt }) => endedAt ?? Number.POSITIVE_INFINITY));
  const lastOpening = Math.max(...spills.map(({ openedAt }) => openedAt));
  let found = 0;
  let takenOver = 0;
  for (const spill of spills) {
    if (spill.openedAt > firstEnd) found += spill.found;
    if (spill.endedAt !== null && spill.endedAt < lastOpening) takenOver += spill.left;
  }
  return {
    ...sum,
    taken: sum.taken + Math.max(0, found - takenOver),
    delivered: sum.delivered + Math.max(0, takenOver - found),
    recovered: sum.recovered - found,
    spilled: sum.spilled - takenOver,
  };
}

/** Undefined when the disks take what they are to. */
export function failingSpillOf(reports: readonly TargetReport[]): FailingSpillReport[] | undefined {
  const failing = reports.flatMap(({ target, spillError: error }) => (error === null ? [] : { target, error }));
  return failing.length === 0 ? undefined : failing;
}

function sumOf(a: ThreadTargetReport, b: ThreadTargetReport): ThreadTargetReport {
  const dropped = { ...a.dropped };
  for (const reason of Object.keys(dropped) as DropReason[]) dropped[reason] += b.dropped[reason];
  return {
    target: a.target,
    taken: a.taken + b.taken,
    recovered: a.recovered + b.recovered,
    delivered: a.delivered + b.delivered,
    deliveredEvents: a.deliveredEvents + b.deliveredEvents,
    pending: a.pending + b.pending,
    spilled: a.spilled + b.spilled,
    spillFailures: a.spillFailures + b.spillFailures,
    spillError: a.spillError ?? b.spillError,
    dropped,
    retries: a.retries + b.retries,
    oldest: either(a.oldest, b.oldest, Math.min),
    circuit: a.circuit === "open" ? "open" : b.circuit,
    lastSuccess: either(a.lastSuccess, b.lastSuccess, Math.max),
    batchSizes: addBuckets(a.batchSizes, b.batchSizes),
    seconds: addBuckets(a.seconds, b.seconds),
    spills: [...a.spills, ...b.spills],
  };
}

function either(a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null {
  return a === null || b === null ? (a ?? b) : choose(a, b);
}

function addBuckets(a: BucketCounts, b: BucketCounts): BucketCounts {
  return { ...a, counts: a.counts.map((count, at) => count + (b.counts[at] ?? 0)), sum: a.sum + b.sum };
}
