import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Registry } from "prom-client";
import type { DaemonView } from "./view.ts";

type Value = readonly [value: number, labels?: Readonly<Record<string, string>>];

/** The media type of the exposition format. */
export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Watches the event loop from now on and writes the exposition when asked. */
export class Metrics {
  readonly #view: DaemonView;
  readonly #delay = monitorEventLoopDelay({ resolution: 20 });

  constructor(view: DaemonView) {
    this.#view = view;
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  /** The counts live in the ledger, so each scrape copies them into a registry of its own: a removed pipeline leaves no series behind. */
  exposition(): Promise<string> {
    const registry = new Registry();
    addTransport(registry, this.#view);
    addDoors(registry, this.#view);
    addPipelines(registry, this.#view);
    addStages(registry, this.#view);
    addRouteSet(registry, this.#view);
    this.#addProcess(registry);
    return registry.metrics();
  }

  #addProcess(registry: Registry): void {
    const delay = this.#delay;
    const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0);
    gauge(
      registry,
      "fast_ts_event_loop_delay_seconds",
      "How late the main thread's timers were since the last scrape.",
      [
        [seconds(delay.percentile(50)), { quantile: "0.5" }],
        [seconds(delay.percentile(99)), { quantile: "0.99" }],
        [delay.count > 0 ? seconds(delay.max) : 0, { quantile: "1" }],
      ],
    );
    delay.reset();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, external } = process.memoryUsage();
    counter(registry, "process_cpu_seconds_total", "Processor time used, all threads.", [[(user + system) / 1e6]]);
    gauge(registry, "process_resident_memory_bytes", "Memory in use, all threads.", [[rss]]);
    gauge(registry, "nodejs_heap_size_used_bytes", "Heap in use by the main thread.", [[heapUsed]]);
    gauge(registry, "nodejs_external_memory_bytes", "Memory outside of the main thread's heap.", [[external]]);
  }
}

function addTransport(registry: Registry, view: DaemonView): void {
  const t = view.transport();
  gauge(registry, "fast_ts_connections", "Connections open.", [[t.open]]);
  counter(registry, "fast_ts_connections_total", "Connections accepted.", [[t.connections]]);
  counter(registry, "fast_ts_connections_refused_total", "Connections refused: too many were open.", [
    [t.refusedConnections],
  ]);
  counter(registry, "fast_ts_frames_total", "Frames received.", [[t.frames]]);
  counter(registry, "fast_ts_received_bytes_total", "Bytes received.", [[t.bytesIn]]);
  counter(registry, "fast_ts_decode_errors_total", "Frames that were no message.", [[t.decodeErrors]]);
  counter(registry, "fast_ts_frames_oversized_total", "Frames longer than max-frame.", [[t.oversized]]);
  counter(registry, "fast_ts_frames_refused_total", "Frames answered with an error: overload.", [[t.refusedFrames]]);
  const queries = Object.entries(t.queries).map(([result, count]): Value => [count, { result }]);
  counter(registry, "fast_ts_queries_total", "Queries that are over.", queries);
  counter(registry, "fast_ts_acks_total", "Answers given.", [[t.acks]]);
  const r = view.recording();
  counter(registry, "fast_ts_record_frames_total", "Frames recorded.", [[r.frames]]);
  counter(registry, "fast_ts_record_bytes_total", "Bytes that the recorded frames take.", [[r.bytes]]);
  counter(registry, "fast_ts_record_dropped_frames_total", "Frames not recorded: the disk was slow, full or broken.", [
    [r.dropped],
  ]);
}

function addDoors(registry: Registry, view: DaemonView): void {
  const doors = view.doors();
  const each = (value: (one: (typeof doors)[number]) => number): Value[] =>
    doors.map((one) => [value(one), { door: one.name }]);
  gauge(
    registry,
    "fast_ts_door_connections",
    "Connections open.",
    each((d) => d.open),
  );
  counter(
    registry,
    "fast_ts_door_messages_total",
    "Messages received.",
    each((d) => d.frames),
  );
  counter(
    registry,
    "fast_ts_door_received_bytes_total",
    "Bytes received.",
    each((d) => d.bytesIn),
  );
  const refused = doors.flatMap((d): Value[] =>
    Object.entries({
      malformed: d.decodeErrors,
      oversized: d.oversized,
      unfinished: d.unfinished,
      overload: d.refusedFrames + d.dropped,
      kernel: d.kernelDropped,
      address: d.denied,
      connections: d.refusedConnections,
      handshake: d.failedHandshakes,
    }).map(([reason, count]) => [count, { door: d.name, reason }]),
  );
  counter(registry, "fast_ts_door_refused_total", "Messages, datagrams and connections that were not taken.", refused);
  const certificates = doors.flatMap(({ notAfter }): Value[] => (notAfter === null ? [] : [[notAfter]]));
  gauge(registry, "fast_ts_tls_not_after_seconds", "When the certificate of the TLS listener ends.", certificates);
}

function addPipelines(registry: Registry, view: DaemonView): void {
  const all = view.pipelines();
  const each = (value: (one: (typeof all)[number]) => number): Value[] =>
    all.map((one) => [value(one), { pipeline: one.name }]);
  const name = (end: string): string => `fast_ts_pipeline_${end}`;
  counter(
    registry,
    name("offered_events_total"),
    "Events that came in: accepted + shed.",
    each((p) => p.offered),
  );
  counter(
    registry,
    name("accepted_events_total"),
    "Events taken into the inbox.",
    each((p) => p.accepted),
  );
  counter(
    registry,
    name("shed_events_total"),
    "Events turned away at the full inbox.",
    each((p) => p.shed),
  );
  counter(
    registry,
    name("emitted_events_total"),
    "Values that left the last stage.",
    each((p) => p.emitted),
  );
  gauge(
    registry,
    name("inbox_events"),
    "Events in the inbox.",
    each((p) => p.inbox),
  );
  counter(
    registry,
    name("restarts_total"),
    "Restarts because a stage threw.",
    each((p) => p.restarts),
  );
  const lost = all.flatMap((one) => byReason(one.lost, { pipeline: one.name }));
  counter(registry, name("lost_events_total"), "Events accepted and lost before the first stage.", lost);
  const states = ["running", "stalled", "failed", "stopped"];
  const isIn = all.flatMap((one): Value[] =>
    states.map((state) => [one.state === state ? 1 : 0, { pipeline: one.name, state }]),
  );
  gauge(registry, name("state"), "1 for the state that the pipeline is in.", isIn);
}

function addStages(registry: Registry, view: DaemonView): void {
  const all = view
    .pipelines()
    .flatMap((p) => p.stages.map((s) => ({ s, labels: { pipeline: p.name, stage: s.place } })));
  const each = (value: (one: (typeof all)[number]["s"]) => number): Value[] =>
    all.map(({ s, labels }) => [value(s), labels]);
  const name = (end: string): string => `fast_ts_stage_${end}`;
  counter(
    registry,
    name("received_events_total"),
    "Events received: handled + waiting + lost.",
    each((s) => s.received),
  );
  counter(
    registry,
    name("handled_events_total"),
    "Events handled.",
    each((s) => s.handled),
  );
  gauge(
    registry,
    name("waiting_events"),
    "Events in the mailbox or being handled.",
    each((s) => s.waiting),
  );
  const lost = all.flatMap(({ s, labels }) => byReason(s.lost, labels));
  counter(registry, name("lost_events_total"), "Events received and not handled.", lost);
  counter(
    registry,
    name("delivered_events_total"),
    "Events that reached a sink's back end.",
    each((s) => s.delivered),
  );
  gauge(
    registry,
    name("pending_events"),
    "Events a sink holds for its back end.",
    each((s) => s.pending),
  );
  const dropped = all.flatMap(({ s, labels }) => byReason(s.dropped, labels));
  counter(registry, name("dropped_events_total"), "Events that a stage gave up.", dropped);
  const evicted = all.flatMap(({ s, labels }) => byReason(s.evicted, labels));
  counter(registry, name("evicted_keys_total"), "Keys that a stage held state for and forgot.", evicted);
}

function addRouteSet(registry: Registry, view: DaemonView): void {
  const { succeeded, failed, lastError, loadedAt } = view.reloads();
  counter(registry, "fast_ts_reloads_total", "Attempts to load the route directory.", [
    [succeeded, { result: "success" }],
    [failed, { result: "failure" }],
  ]);
  const isGood = lastError === null ? 1 : 0;
  gauge(registry, "fast_ts_last_reload_successful", "Whether the last attempt went well.", [[isGood]]);
  gauge(registry, "fast_ts_routes_loaded_timestamp_seconds", "When the running routes were loaded.", [[loadedAt ?? 0]]);
  gauge(registry, "fast_ts_ready", "Whether /readyz says yes.", [[view.readiness().ready ? 1 : 0]]);
  const workers = view.workers();
  const each = (value: (one: (typeof workers)[number]) => number): Value[] =>
    workers.map((one) => [value(one), { worker: String(one.id) }]);
  gauge(
    registry,
    "fast_ts_worker_up",
    "Whether the thread runs.",
    each((w) => (w.state === "running" ? 1 : 0)),
  );
  counter(
    registry,
    "fast_ts_worker_replacements_total",
    "Threads that died or hung.",
    each((w) => w.replaced),
  );
  gauge(
    registry,
    "fast_ts_worker_heap_bytes",
    "Heap in use by the thread.",
    each((w) => w.heapBytes),
  );
  gauge(
    registry,
    "fast_ts_worker_index_events",
    "Hosts and services in the index of the thread.",
    each((w) => w.indexEvents),
  );
}

function byReason(counts: Readonly<Record<string, number>>, labels: Readonly<Record<string, string>>): Value[] {
  return Object.entries(counts).map(([reason, count]) => [count, { ...labels, reason }]);
}

function counter(registry: Registry, name: string, help: string, values: readonly Value[]): void {
  if (values.length === 0) return; // without labels it would show as one sample, 0
  const metric = new Counter({ name, help, labelNames: labelNames(values), registers: [registry] });
  for (const [value, labels = {}] of values) metric.inc(labels, value);
}

function gauge(registry: Registry, name: string, help: string, values: readonly Value[]): void {
  if (values.length === 0) return; // without labels it would show as one sample, 0
  const metric = new Gauge({ name, help, labelNames: labelNames(values), registers: [registry] });
  for (const [value, labels = {}] of values) metric.set(labels, value);
}

function labelNames(values: readonly Value[]): string[] {
  return Object.keys(values[0]?.[1] ?? {});
}
