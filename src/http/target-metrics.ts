import type { BucketCounts, TargetReport } from "../delivery/report.ts";
import type { Metric } from "./metric-table.ts";

/** The metrics of targets, but for the histograms. */
export const TARGET_METRICS: readonly Metric[] = [
  ofTargets("counter", "taken_items_total", "Events and lists that it was given.", (of) => of.taken),
  ofTargets("counter", "recovered_items_total", "Events and lists that it found on its disk.", (of) => of.recovered),
  ofTargets("counter", "delivered_items_total", "Events and lists that it has.", (of) => of.delivered),
  ofTargets("counter", "delivered_events_total", "Events that it has, those of lists too.", (of) => of.deliveredEvents),
  {
    kind: "counter",
    name: "fast_ts_target_dropped_items_total",
    help: "Events and lists that were given up.",
    labels: ["target", "reason"],
    *read({ targets }) {
      for (const { target, dropped } of targets)
        for (const [reason, count] of Object.entries(dropped)) yield [count, target, reason];
    },
  },
  ofTargets("gauge", "waiting_items", "Events and lists in memory, those under way included.", (of) => of.pending),
  ofTargets("gauge", "spilled_items", "Events and lists that wait on disk.", (of) => of.spilled),
  ofTargets("counter", "spill_failures_total", "Times that its disk began to fail.", (of) => of.spillFailures),
  ofTargets("counter", "retries_total", "Writes that were tried again.", (of) => of.retries),
  ofTargets("gauge", "circuit_open", "Whether its last writes failed, so that one at a time is tried.", (of) =>
    of.circuit === "open" ? 1 : 0,
  ),
  {
    kind: "gauge",
    name: "fast_ts_target_last_success_timestamp_seconds",
    help: "When it last took something.",
    labels: ["target"],
    *read({ targets }) {
      for (const { target, lastSuccess } of targets) if (lastSuccess !== null) yield [lastSuccess, target];
    },
  },
];

/** A metric with buckets, for each target. */
export interface Histogram {
  readonly kind: "histogram";
  readonly name: string;
  readonly help: string;
  readonly read: (of: TargetReport) => BucketCounts;
}

export const TARGET_HISTOGRAMS: readonly Histogram[] = [
  {
    kind: "histogram",
    name: "fast_ts_target_batch_events",
    help: "Events in the writes that it took.",
    read: (of) => of.batchSizes,
  },
  {
    kind: "histogram",
    name: "fast_ts_target_write_seconds",
    help: "How long writes took, failed ones too.",
    read: (of) => of.seconds,
  },
];

function ofTargets(kind: Metric["kind"], end: string, help: string, value: (of: TargetReport) => number): Metric {
  return {
    kind,
    name: `fast_ts_target_${end}`,
    help,
    labels: ["target"],
    *read({ targets }) {
      for (const of of targets) yield [value(of), of.target];
    },
  };
}
