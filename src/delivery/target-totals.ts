import type { DropReason } from "../core/stage.ts";
import type { BucketCounts, FailingSpillReport, TargetReport } from "./report.ts";

/** One report a target, in the order in which they come: those of several threads added up. */
export function totalsOf(reports: readonly TargetReport[]): TargetReport[] {
  const totals = new Map<string, TargetReport>();
  for (const report of reports) {
    const known = totals.get(report.target);
    totals.set(report.target, known === undefined ? report : sumOf(known, report));
  }
  return [...totals.values()];
}

/** The report of a thread that is gone: what it held is given up. */
export function lastReport({ pending, dropped, ...report }: TargetReport): TargetReport {
  const all = { ...dropped, failed: dropped.failed + pending };
  return { ...report, pending: 0, dropped: all, oldest: null, circuit: "closed", spillError: null };
}

/** Undefined when the disks take what they are to. */
export function failingSpillOf(reports: readonly TargetReport[]): FailingSpillReport[] | undefined {
  const failing = reports.flatMap(({ target, spillError: error }) => (error === null ? [] : { target, error }));
  return failing.length === 0 ? undefined : failing;
}

function sumOf(a: TargetReport, b: TargetReport): TargetReport {
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
  };
}

function either(a: number | null, b: number | null, choose: (a: number, b: number) => number): number | null {
  return a === null || b === null ? (a ?? b) : choose(a, b);
}

function addBuckets(a: BucketCounts, b: BucketCounts): BucketCounts {
  return { ...a, counts: a.counts.map((count, at) => count + (b.counts[at] ?? 0)), sum: a.sum + b.sum };
}
