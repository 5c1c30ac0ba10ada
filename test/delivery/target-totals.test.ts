import assert from "node:assert/strict";
import { test } from "node:test";
import { newTargetCounts, reportOf, type TargetReport } from "../../src/delivery/report.ts";
import { lastReport, totalsOf } from "../../src/delivery/target-totals.ts";

/** The report of a target in one thread: it took `taken`, delivered some, dropped one, and holds the rest. */
function report(target: string, taken: number, delivered: number, more: Partial<TargetReport> = {}): TargetReport {
  const counts = newTargetCounts();
  Object.assign(counts, { taken, delivered, deliveredEvents: 2 * delivered });
  counts.dropped.overflow = 1;
  counts.batchSizes.add(delivered);
  const pending = taken - delivered - 1;
  return { ...reportOf(counts, { target, pending, oldest: null, circuit: "closed" }), ...more };
}

test("the reports of several threads about a target are added up, in the order of the targets", () => {
  const [a, b, ...rest] = totalsOf([
    report("a", 10, 5, { lastSuccess: 7, oldest: 3 }),
    report("b", 4, 3),
    report("a", 20, 10, { lastSuccess: 9, circuit: "open" }),
  ]);
  assert.deepEqual(rest, []);
  assert.equal(b?.taken, 4);
  assert.deepEqual([a?.taken, a?.delivered, a?.deliveredEvents, a?.pending, a?.dropped.overflow], [30, 15, 30, 13, 2]);
  assert.deepEqual([a?.lastSuccess, a?.oldest, a?.circuit], [9, 3, "open"]);
  assert.deepEqual([a?.batchSizes.sum, a?.batchSizes.counts.reduce((sum, n) => sum + n, 0)], [15, 2]);
});

test("of a thread that is gone nothing is pending any more, and its counts go on", () => {
  const last = lastReport(report("a", 10, 5, { circuit: "open", oldest: 3 }));
  assert.deepEqual([last.taken, last.delivered, last.pending, last.dropped.failed], [10, 5, 0, 4]);
  assert.deepEqual([last.circuit, last.oldest], ["closed", null]);
});
