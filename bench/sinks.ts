import type { Event } from "../src/core/event.ts";
import { defaultPath, graphiteLines } from "../src/sinks/graphite-line.ts";
import { hasPoint } from "../src/sinks/has-point.ts";
import { InfluxLines } from "../src/sinks/influx-line.ts";
import { metricsBody } from "../src/sinks/otlp-body.ts";
import { writeRequest1, writeRequest2 } from "../src/sinks/remote-write-body.ts";
import { arrange } from "../src/sinks/sample-order.ts";
import { SeriesTable } from "../src/sinks/series-table.ts";
import { snappy } from "../src/wire/snappy.ts";
import { decodedBatches } from "./decoded.ts";
import { median } from "./statistics.ts";

/*
 * What sinks make of a batch of events, on the load generator's mix: events a second of one core's processor time. What
 * sending takes on top: sinks-sent.ts.
 *   node dist/bench/sinks.js
 */
const ROUNDS = 7;
const ROUND_EVENTS = 400_000;

interface Case {
  readonly sink: string;
  /** Events in a batch. */
  readonly batch: number;
  /** Events a second on the machine that the goals are for. */
  readonly goal?: number;
  make(events: readonly Event[]): unknown;
}

const path = defaultPath();
const lines = new InfluxLines();
const table = new SeriesTable();
const CASES: readonly Case[] = [
  {
    sink: "graphite, lines",
    batch: 1000,
    goal: 1_500_000,
    make: (events) => Buffer.from(graphiteLines(events, path, false).lines),
  },
  { sink: "influxdb, lines", batch: 5000, goal: 1_500_000, make: (events) => Buffer.from(lines.of(events)) },
  {
    ...{ sink: "remoteWrite 1, compressed", batch: 2000, goal: 500_000 },
    make: (events) => snappy(writeRequest1(arrange(events, table).all)),
  },
  {
    ...{ sink: "remoteWrite 2, compressed", batch: 2000 },
    make: (events) => snappy(writeRequest2(arrange(events, table).all)),
  },
  { sink: "otlp, protobuf", batch: 4000, make: metricsBody },
  { sink: "webhook, JSON", batch: 1000, goal: 300_000, make: (events) => Buffer.from(JSON.stringify(events)) },
];

const rows = CASES.map(({ sink, batch, goal, make }) => {
  const batches = decodedBatches({ eventsPerMessage: batch, count: 20_000 }).map((events) => events.filter(hasPoint));
  const perSecond = median(Array.from({ length: ROUNDS }, () => 1e9 / nanoseconds(batches, make)));
  const goals = goal === undefined ? {} : { "goal, of a machine twice as fast": goal };
  return { sink, "a batch": batch, "events/s": Math.round(perSecond / 1000) * 1000, ...goals };
});
console.table(rows);

/** Processor time for each event. */
function nanoseconds(batches: readonly (readonly Event[])[], make: Case["make"]): number {
  const events = batches.reduce((sum, { length }) => sum + length, 0);
  const passes = Math.ceil(ROUND_EVENTS / events);
  const before = process.cpuUsage();
  for (let pass = 0; pass < passes; pass++) for (const batch of batches) make(batch);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (passes * events);
}
