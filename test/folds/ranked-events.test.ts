import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { RankedEvents } from "../../src/folds/ranked-events.ts";
import { quantileRank } from "../../src/kit/quantile-rank.ts";
import { withMetrics } from "./metrics.ts";

const METRICS = [0, -0, 1, 2, 2.5, -3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, null, undefined];
const SHARES = [0, 0.1, 0.29, 0.5, 0.95, 1];

/** What is to be found, plainly: sorted. */
function sorted(events: readonly (Event | null)[], share: number): Event | null {
  const having = events.filter((event) => event !== null && event.metric !== null && !Number.isNaN(event.metric));
  const ordered = having.toSorted((a, b) => (a?.metric ?? 0) - (b?.metric ?? 0));
  return ordered[quantileRank(share, ordered.length)] ?? null;
}

test("ranks find the event that sorting would, of those that share a metric too", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const length = seed % 40;
    const events = withMetrics(...Array.from({ length }, (_, at) => METRICS[((at + 7) * seed) % METRICS.length]));
    const ranked = new RankedEvents(events);
    for (const share of SHARES) assert.equal(ranked.at(share), sorted(events, share), `seed ${seed}, ${share}`);
  }
});
