import assert from "node:assert/strict";
import { test } from "node:test";
import { newTargetCounts, reportOf, type ThreadTargetReport } from "../../src/delivery/report.ts";
import { lastReport, sumsOf, totalsOf } from "../../src/delivery/target-totals.ts";

/** The report of a target in one thread: it took `taken`, delivered some, dropped one, and holds the rest. */
function report(
  target: string,
  taken: number,
  delivered: number,
  more: Partial<ThreadTargetReport> = {},
): ThreadTargetReport {
  const counts = newTargetCounts();
  Object.assign(counts, { taken, delivered, deliveredEvents: 2 * delivered });
  counts.dropped.overflow = 1;
  counts.batchSizes.add(delivered);
  const pending = taken - delivered - 1;
  return { ...reportOf(counts, { target, pending, spilled: 0, oldest: null, circuit: "closed" }), ...more };
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
  const last = lastReport(report("a", 10, 5, { circuit: "open", oldest: 3 }), 1);
  assert.deepEqual([last.taken, last.delivered, last.pending, last.dropped.failed], [10, 5, 0, 4]);
  assert.deepEqual([last.circuit, last.oldest], ["closed", null]);
});

/** What a thread knows of a target that it opened at a time: it found some items, took some, delivered some, has the rest. */
function spilling(openedAt: number, found: number, taken: number, delivered: number): ThreadTargetReport {
  const counts = Object.assign(newTargetCounts(), { openedAt, recovered: found, taken, delivered });
  const spilled = found + taken - delivered;
  return reportOf(counts, { target: "a", pending: 0, spilled, oldest: null, circuit: "closed" });
}

function books(...reports: readonly ThreadTargetReport[]): number[] {
  const [sum] = totalsOf(reports);
  assert.ok(sum !== undefined);
  assert.equal(sum.taken + sum.recovered, sum.delivered + sum.spilled);
  return [sum.taken, sum.recovered, sum.delivered, sum.spilled];
}

test("what a thread that ended left on disk counts once: until another one opens it, and then with that one", () => {
  const gone = lastReport(spilling(1, 50, 100, 30), 10);
  const beside = spilling(2, 0, 7, 7);
  assert.deepEqual(books(gone, beside), [107, 50, 37, 120]);
  assert.deepEqual(books(gone, beside, spilling(11, 120, 0, 0)), [107, 50, 37, 120]);
  assert.deepEqual(books(gone, beside, spilling(11, 120, 5, 125)), [112, 50, 162, 0]);
});

test("what a thread took and delivered after its last report is known once another one opens what it left", () => {
  const gone = lastReport(spilling(1, 0, 100, 30), 10);
  assert.deepEqual(books(gone, spilling(11, 75, 0, 0)), [105, 0, 30, 75], "it had taken five more");
  assert.deepEqual(books(gone, spilling(11, 60, 0, 0)), [100, 0, 40, 60], "it had delivered ten more");
});

test("two workers may lose their threads at once, twice: one takes over what both left", () => {
  const first = [lastReport(spilling(1, 40, 100, 0), 10), lastReport(spilling(2, 0, 30, 0), 10)];
  const second = [lastReport(spilling(11, 170, 0, 20), 20), lastReport(spilling(12, 0, 3, 0), 20)];
  assert.deepEqual(books(...first, ...second), [133, 40, 20, 153]);
  const third = [spilling(21, 0, 0, 0), spilling(21, 153, 0, 153)];
  const [a, b] = [0, 1].map((at) => sumsOf([...first.slice(at, at + 1), ...second.slice(at, at + 1)]));
  assert.deepEqual(books(...(a ?? []), ...(b ?? []), ...third), [133, 40, 173, 0]);
});
