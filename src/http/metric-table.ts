import type { RecordReport } from "../capture/report.ts";
import type { TargetReport } from "../delivery/report.ts";
import type { PipelineReport, StageReport } from "../engine/report.ts";
import type { DoorReport, TransportReport } from "../ingest/report.ts";
import type { MistimedReport, ReloadReport, StateReport, WorkerReport } from "../runtime/report.ts";
import type { JournalReport } from "../state/journal-report.ts";
import type { Readiness } from "./view.ts";

/** What all metrics are read from. */
export interface MetricSources {
  readonly transport: TransportReport;
  readonly doors: readonly DoorReport[];
  readonly recording: RecordReport;
  readonly pipelines: readonly PipelineReport[];
  readonly reloads: ReloadReport;
  readonly readiness: Readiness;
  readonly workers: readonly WorkerReport[];
  readonly targets: readonly TargetReport[];
  readonly mistimed: MistimedReport;
  readonly state: StateReport | null;
  readonly journal: JournalReport | null;
  readonly cpu: NodeJS.CpuUsage;
  readonly memory: NodeJS.MemoryUsage;
}

/** A value, behind the values of the labels. */
export type Sample = readonly [value: number, ...labels: string[]];

/** A metric, and how its samples are read. */
export interface Metric {
  readonly kind: "counter" | "gauge";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (of: MetricSources) => Iterable<Sample>;
}

type Value<T> = (of: T) => number;
type Counts<T> = (of: T) => Readonly<Record<string, number>>;

const STATES: readonly PipelineReport["state"][] = ["running", "stalled", "failed", "stopped"];

/** Every metric but the event loop's delay, in the order of the exposition. */
export const METRICS: readonly Metric[] = [
  gauge("fast_ts_connections", "Connections open.", (of) => of.transport.open),
  counter("fast_ts_connections_total", "Connections accepted.", (of) => of.transport.connections),
  counter(
    "fast_ts_connections_refused_total",
    "Connections refused: too many were open.",
    (of) => of.transport.refusedConnections,
  ),
  counter("fast_ts_frames_total", "Frames received.", (of) => of.transport.frames),
  counter("fast_ts_received_bytes_total", "Bytes received.", (of) => of.transport.bytesIn),
  counter("fast_ts_decode_errors_total", "Frames that were no message.", (of) => of.transport.decodeErrors),
  counter("fast_ts_frames_oversized_total", "Frames longer than max-frame.", (of) => of.transport.oversized),
  counter(
    "fast_ts_frames_refused_total",
    "Frames answered with an error: overload.",
    (of) => of.transport.refusedFrames,
  ),
  counted("fast_ts_queries_total", "Queries that are over.", "result", (of) => of.transport.queries),
  counter("fast_ts_acks_total", "Answers given.", (of) => of.transport.acks),
  ofDoors("gauge", "connections", "Connections open.", (of) => of.open),
  ofDoors("counter", "messages_total", "Messages received.", (of) => of.frames),
  ofDoors("counter", "received_bytes_total", "Bytes received.", (of) => of.bytesIn),
  {
    kind: "counter",
    name: "fast_ts_door_refused_total",
    help: "Messages, datagrams and connections that were not taken.",
    labels: ["door", "reason"],
    *read({ doors }) {
      for (const door of doors)
        for (const [reason, count] of Object.entries(refusedBy(door))) yield [count, door.name, reason];
    },
  },
  {
    kind: "gauge",
    name: "fast_ts_tls_not_after_seconds",
    help: "When the certificate of the TLS listener ends.",
    labels: [],
    *read({ doors }) {
      for (const { notAfter } of doors) if (notAfter !== null) yield [notAfter];
    },
  },
  counted("fast_ts_mistimed_events_total", "Events with a time in another unit, or ahead.", "reason", (of) => ({
    time_unit: of.mistimed.timeUnit,
    ahead: of.mistimed.ahead,
  })),
  counter("fast_ts_record_frames_total", "Frames recorded.", (of) => of.recording.frames),
  counter("fast_ts_record_bytes_total", "Bytes that the recorded frames take.", (of) => of.recording.bytes),
  counter(
    "fast_ts_record_dropped_frames_total",
    "Frames not recorded: the disk was slow, full or broken.",
    (of) => of.recording.dropped,
  ),
  ofPipelines("counter", "offered_events_total", "Events that came in: accepted + shed.", (of) => of.offered),
  ofPipelines("counter", "accepted_events_total", "Events taken into the inbox.", (of) => of.accepted),
  ofPipelines("counter", "shed_events_total", "Events turned away at the full inbox.", (of) => of.shed),
  ofPipelines("counter", "emitted_events_total", "Values that left the last stage.", (of) => of.emitted),
  ofPipelines("gauge", "inbox_events", "Events in the inbox.", (of) => of.inbox),
  ofPipelines("gauge", "state_bytes", "About what its keys and held events take.", (of) => of.stateBytes),
  ofPipelines("counter", "restarts_total", "Restarts because a stage threw.", (of) => of.restarts),
  countsOfPipelines("lost_events_total", "Events accepted and lost before the first stage.", (of) => of.lost),
  {
    kind: "gauge",
    name: "fast_ts_pipeline_state",
    help: "1 for the state that the pipeline is in.",
    labels: ["pipeline", "state"],
    *read({ pipelines }) {
      for (const of of pipelines) for (const state of STATES) yield [of.state === state ? 1 : 0, of.name, state];
    },
  },
  ofStages("counter", "received_events_total", "Events received: handled + waiting + lost.", (of) => of.received),
  ofStages("counter", "handled_events_total", "Events handled.", (of) => of.handled),
  ofStages("gauge", "waiting_events", "Events in the mailbox or being handled.", (of) => of.waiting),
  countsOfStages("lost_events_total", "Events received and not handled.", (of) => of.lost),
  ofStages("counter", "delivered_events_total", "Events that reached a sink's back end.", (of) => of.delivered),
  ofStages("gauge", "pending_events", "Events a sink holds for its back end.", (of) => of.pending),
  countsOfStages("dropped_events_total", "Events that a stage gave up.", (of) => of.dropped),
  countsOfStages("evicted_keys_total", "Keys that a stage held state for and forgot.", (of) => of.evicted),
  counted("fast_ts_reloads_total", "Attempts to load the route directory.", "result", ({ reloads }) => ({
    success: reloads.succeeded,
    failure: reloads.failed,
  })),
  gauge("fast_ts_last_reload_successful", "Whether the last attempt went well.", ({ reloads }) =>
    reloads.lastError === null ? 1 : 0,
  ),
  gauge(
    "fast_ts_routes_loaded_timestamp_seconds",
    "When the running routes were loaded.",
    (of) => of.reloads.loadedAt ?? 0,
  ),
  gauge("fast_ts_ready", "Whether /readyz says yes.", (of) => (of.readiness.ready ? 1 : 0)),
  ofState("gauge", "age_seconds", "Age of the oldest state that is saved of a pipeline.", (of) => of.ageSeconds),
  ofState("counter", "skipped_total", "Times a pipeline awaited too long to be saved.", (of) => of.skipped),
  ofJournal("gauge", "bytes", "Size of the journal.", (of) => of.bytes),
  ofJournal("counter", "written_events_total", "Events written to the journal.", (of) => of.written),
  ofJournal(
    "counter",
    "lost_events_total",
    "Events that are not in the journal, or are not there any more.",
    (of) => of.lost,
  ),
  ofJournal(
    "counter",
    "unreadable_bytes_total",
    "Bytes of the journal that could not be read at the start.",
    (of) => of.unreadableBytes,
  ),
  ofWorkers("gauge", "up", "Whether the thread runs.", ({ state }) => (state === "running" ? 1 : 0)),
  ofWorkers("counter", "replacements_total", "Threads that died or hung.", (of) => of.replaced),
  ofWorkers("gauge", "heap_bytes", "Heap in use by the thread.", (of) => of.heapBytes),
  ofWorkers("gauge", "state_bytes", "About what keys, held events and the index take.", (of) => of.stateBytes),
  ofWorkers("gauge", "index_events", "Hosts and services in the index of the thread.", (of) => of.indexEvents),
  counter("process_cpu_seconds_total", "Processor time used, all threads.", ({ cpu }) => (cpu.user + cpu.system) / 1e6),
  gauge("process_resident_memory_bytes", "Memory in use, all threads.", (of) => of.memory.rss),
  gauge("nodejs_heap_size_used_bytes", "Heap in use by the main thread.", (of) => of.memory.heapUsed),
  gauge("nodejs_external_memory_bytes", "Memory outside of the main thread's heap.", (of) => of.memory.external),
];

function gauge(name: string, help: string, value: Value<MetricSources>): Metric {
  return { kind: "gauge", name, help, labels: [], read: (of) => [[value(of)]] };
}

function counter(name: string, help: string, value: Value<MetricSources>): Metric {
  return { kind: "counter", name, help, labels: [], read: (of) => [[value(of)]] };
}

/** Only with `--state`. */
function ofState(kind: Metric["kind"], end: string, help: string, value: Value<StateReport>): Metric {
  return {
    kind,
    name: `fast_ts_state_${end}`,
    help,
    labels: [],
    *read({ state }) {
      if (state !== null) yield [value(state)];
    },
  };
}

/** Only with `--journal`. */
function ofJournal(kind: Metric["kind"], end: string, help: string, value: Value<JournalReport>): Metric {
  return {
    kind,
    name: `fast_ts_journal_${end}`,
    help,
    labels: [],
    *read({ journal }) {
      if (journal !== null) yield [value(journal)];
    },
  };
}

/** A count for each value of one label. */
function counted(name: string, help: string, label: string, counts: Counts<MetricSources>): Metric {
  return {
    kind: "counter",
    name,
    help,
    labels: [label],
    *read(of) {
      for (const [key, count] of Object.entries(counts(of))) yield [count, key];
    },
  };
}

function ofDoors(kind: Metric["kind"], end: string, help: string, value: Value<DoorReport>): Metric {
  return {
    kind,
    name: `fast_ts_door_${end}`,
    help,
    labels: ["door"],
    *read({ doors }) {
      for (const of of doors) yield [value(of), of.name];
    },
  };
}

function refusedBy(door: DoorReport): Readonly<Record<string, number>> {
  return {
    malformed: door.decodeErrors,
    oversized: door.oversized,
    unfinished: door.unfinished,
    overload: door.refusedFrames + door.dropped,
    kernel: door.kernelDropped,
    address: door.denied,
    connections: door.refusedConnections,
    handshake: door.failedHandshakes,
  };
}

function ofPipelines(kind: Metric["kind"], end: string, help: string, value: Value<PipelineReport>): Metric {
  return {
    kind,
    name: `fast_ts_pipeline_${end}`,
    help,
    labels: ["pipeline"],
    *read({ pipelines }) {
      for (const of of pipelines) yield [value(of), of.name];
    },
  };
}

function countsOfPipelines(end: string, help: string, counts: Counts<PipelineReport>): Metric {
  return {
    kind: "counter",
    name: `fast_ts_pipeline_${end}`,
    help,
    labels: ["pipeline", "reason"],
    *read({ pipelines }) {
      for (const of of pipelines)
        for (const [reason, count] of Object.entries(counts(of))) yield [count, of.name, reason];
    },
  };
}

function ofStages(kind: Metric["kind"], end: string, help: string, value: Value<StageReport>): Metric {
  return {
    kind,
    name: `fast_ts_stage_${end}`,
    help,
    labels: ["pipeline", "stage"],
    *read({ pipelines }) {
      for (const { name, stages } of pipelines) for (const of of stages) yield [value(of), name, of.place];
    },
  };
}

function countsOfStages(end: string, help: string, counts: Counts<StageReport>): Metric {
  return {
    kind: "counter",
    name: `fast_ts_stage_${end}`,
    help,
    labels: ["pipeline", "stage", "reason"],
    *read({ pipelines }) {
      for (const { name, stages } of pipelines)
        for (const of of stages)
          for (const [reason, count] of Object.entries(counts(of))) yield [count, name, of.place, reason];
    },
  };
}

function ofWorkers(kind: Metric["kind"], end: string, help: string, value: Value<WorkerReport>): Metric {
  return {
    kind,
    name: `fast_ts_worker_${end}`,
    help,
    labels: ["worker"],
    *read({ workers }) {
      for (const of of workers) yield [value(of), String(of.id)];
    },
  };
}
