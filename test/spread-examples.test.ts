import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { EventFields } from "../src/core/event.ts";
import { edgesOf } from "../src/core/pipeline-edges.ts";
import { partitionOf, partitionsOf } from "../src/core/spread.ts";
import { toDryRun } from "../src/routes/dry-run-report.ts";
import type { Evaluated } from "../src/routes/evaluate.ts";
import type { Spread } from "../src/routes/spread-of.ts";
import { spreadTogether } from "../src/routes/spread-together.ts";
import { type At, at, wait } from "../src/testing/index.ts";
import { loadRoutes } from "../src/testing/load-routes.ts";
import { RoutesRun } from "../src/testing/routes-run.ts";
import { share } from "./rounds.ts";
import { ROOT } from "./sources.ts";
import { toText } from "./stages/plain-text.ts";

const EACH_SERIES = "keeps state for each host and service";
const STATELESS = { by: "host", why: "it keeps no state" } as const;
const INDEX_IS_WHOLE = {
  by: "all",
  why: 'channels or the index join it with "events per second", which is in one worker',
} as const;

/** Where the pipelines of each file run when there are several workers, and why. */
const PLACES: Readonly<Record<string, Readonly<Record<string, Spread>>>> = {
  "examples/activity.ts": {
    "actions per second": { by: "service", why: "by#2 keeps state for each service" },
    "users per second": { by: "all", why: "foldInterval#1 keeps state for all events" },
  },
  "examples/brokers.ts": {
    "everything, to Kafka": STATELESS,
    "changes, to NATS": { by: "host", why: `changedState#0 ${EACH_SERIES}` },
    "log lines, to Redis": STATELESS,
  },
  "examples/cluster.ts": {
    "the cluster, to Graphite": { by: "all", why: "graphite#3 is a sink of your own, with one writer" },
  },
  "examples/disks.ts": {
    "full disks": {
      by: "all",
      why: 'map#1 may change host and service, by which by#2 keeps its state apart; if it does not, say so with { key: "host" }',
    },
  },
  "examples/edge.ts": {
    "metrics to the centre": STATELESS,
    "changes to the centre": { by: "host", why: `changedState#1 ${EACH_SERIES}` },
    "this site": { by: "host", why: `index#0 ${EACH_SERIES}` },
  },
  "examples/elsewhere.ts": {
    "metrics, to InfluxDB": STATELESS,
    "trouble, to Loki": { by: "host", why: `changedState#0 ${EACH_SERIES}` },
    "everything, to a file": STATELESS,
  },
  "examples/exceptions.ts": {
    "a mail for every exception": { by: "service", why: "by#1 keeps state for each service" },
  },
  "examples/history.ts": {
    "changes, to PostgreSQL": { by: "host", why: `changedState#0 ${EACH_SERIES}` },
    "metrics, to ClickHouse": STATELESS,
  },
  "examples/latency.ts": {
    "latency distribution": { by: "all", why: "percentiles#1 keeps state for all events" },
    "happy users": { by: "all", why: "apdex#1 keeps state for all events" },
  },
  "examples/on-call.ts": {
    "on call for disks": { by: "all", why: "alert#2 keeps open alerts, which are in one worker" },
  },
  "examples/processes.ts": {
    "top processes by CPU": { by: "host", why: "by#1 keeps state for each host" },
    "top processes by memory": { by: "host", why: "by#1 keeps state for each host" },
  },
  "examples/starter.ts": {
    index: INDEX_IS_WHOLE,
    "events per second": { by: "all", why: "rate#2 keeps state for all events" },
    percentiles: { by: "all", why: "percentiles#1 keeps state for all events" },
    expired: STATELESS,
  },
  "examples/stores.ts": {
    "gauges, for Prometheus to scrape": STATELESS,
    "latency, to Prometheus and OpenTelemetry": { by: "host", why: "by#1 keeps state for each host" },
    "errors, to Elasticsearch": STATELESS,
  },
  "routes/alerts.ts": { Alerts: { by: "host", why: "where#0/by#0 keeps state for each host" } },
  "routes/basic.ts": { "Basic pipeline": STATELESS },
  "routes/rate.ts": { "Second pipeline": { by: "all", why: "rate#0 keeps state for all events" } },
};

const HOSTS = ["a", "b", "web-1", "web-2", "zürich"];
const SERVICES: readonly EventFields[] = [
  ...["disk /", "cpu nginx", "cpu node", "memory node", "api latency", "heartbeat"].map((service) => ({ service })),
  { service: "log", description: "a line" },
  { service: "http", description: "no answer" },
  { service: "login", tags: ["user"], attributes: { user: "ann" } },
  { service: "shop", tags: ["exception"] },
];
const EVERY_SECONDS = 7;
const END_SECONDS = 2_500;
/** Each series is critical for a while, and out of what the examples want of it now and then. */
const EVENTS: readonly At[] = Array.from({ length: END_SECONDS / EVERY_SECONDS }, (_, n) => {
  const isBad = (n >> 6) % 3 === 1;
  const state = n % 13 === 0 ? "expired" : isBad ? "critical" : "ok";
  const metric = n % 11 === 0 ? null : isBad ? 0.95 : (n % 7) / 10;
  return at(n * EVERY_SECONDS, { host: HOSTS[n % 5] ?? null, state, metric, ...SERVICES[(n * 3) % SERVICES.length] });
});

/** What sinks are given, by what the pipeline is spread by, in order. */
function outOf(routes: Evaluated, by: "host" | "service", workers: number): ReadonlyMap<unknown, readonly string[]> {
  const out = new Map<unknown, string[]>();
  for (let worker = 0; worker < workers; worker++) {
    const mine = partitionsOf(worker, workers);
    const run = new RoutesRun([routes], {});
    run.inject(EVENTS.filter(({ event }) => mine[partitionOf(event[by] ?? null)] === 1));
    run.inject([wait(END_SECONDS - run.now)]);
    for (const { at, stage, events } of run.recorded) {
      const key = events[0]?.[by];
      out.set(key, [...(out.get(key) ?? []), `${at} ${stage} ${toText(events)}`]);
    }
  }
  return new Map([...out].toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1)));
}

const files = ["examples", "routes"].flatMap((dir) =>
  loadRoutes([join(ROOT, dir)], ROOT).map((routes) => [`${dir}/${routes.file.name}`, routes] as const),
);

test("all examples are there", () => {
  assert.deepEqual(files.map(([file]) => file).toSorted(), Object.keys(PLACES).toSorted());
});

let turn = 0;
for (const [file, routes] of files)
  describe(file, () => {
    const spreads = spreadTogether(
      routes.pipelines.map((one) => toDryRun(one, file)),
      2,
    );
    test("where its pipelines run", () => {
      assert.deepEqual(Object.fromEntries(spreads), PLACES[file]);
    });
    for (const declared of routes.pipelines) {
      const { name, stages } = declared.pipeline;
      const by = spreads.get(name)?.by;
      if ((by !== "host" && by !== "service") || share([name], 1, turn++).length === 0) continue;
      test(`${name}: the same comes out of any number of workers`, () => {
        const one = { ...routes, pipelines: [declared] };
        const whole = outOf(one, by, 1);
        assert.equal(
          whole.size > 0,
          edgesOf(stages).some(({ kind }) => kind === "sink"),
        );
        for (const workers of [2, 8]) assert.deepEqual(outOf(one, by, workers), whole, `${workers} workers`);
      });
    }
  });
