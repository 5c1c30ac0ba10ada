import type { TargetReport } from "../../src/delivery/report.ts";
import type { PipelineReport, PipelineState, StageReport } from "../../src/engine/report.ts";
import type { DaemonView } from "../../src/http/view.ts";
import { type DoorReport, newDoorCounts, sumOf } from "../../src/ingest/report.ts";

const LOST = { crash: 1, restart: 2, overflow: 3, worker: 4, stop: 5 };

const STAGE: StageReport = {
  place: "stdout#0",
  received: 100,
  handled: 80,
  waiting: 5,
  lost: LOST,
  delivered: 60,
  pending: 7,
  dropped: { late: 1, overflow: 3, failed: 4, refused: 2, evicted: 3, silenced: 0, merged: 0 },
  evicted: { full: 8, idle: 9 },
};

function pipelineReport(name: string, state: PipelineState): PipelineReport {
  const counts = {
    restarts: 2,
    offered: 120,
    accepted: 110,
    shed: 10,
    inbox: 3,
    lost: LOST,
    stateBytes: 4096,
    emitted: 80,
  };
  return {
    name,
    file: "/routes/a.ts",
    line: 3,
    worker: 1,
    workers: [1],
    placement: "one worker: there is no other",
    state,
    taken: 100,
    ...counts,
    stages: [STAGE],
  };
}

const TCP: DoorReport = {
  name: "tcp",
  notAfter: null,
  open: 3,
  connections: 10,
  refusedConnections: 1,
  frames: 50,
  bytesIn: 5000,
  decodeErrors: 2,
  oversized: 1,
  refusedFrames: 4,
  unfinished: 6,
  acks: 49,
  denied: 7,
  dropped: 0,
  kernelDropped: 0,
  failedHandshakes: 0,
};
const UDP: DoorReport = { name: "udp", notAfter: null, ...newDoorCounts(), dropped: 8, kernelDropped: 9 };
const TLS: DoorReport = { name: "tls", notAfter: 2_000_000_000, ...newDoorCounts(), failedHandshakes: 2 };
const DOORS: readonly DoorReport[] = [TCP, UDP, TLS];

const TARGETS: readonly TargetReport[] = ["email ops#123456", 'odd "name"'].map((target) => ({
  target,
  taken: 100,
  recovered: 20,
  delivered: 60,
  deliveredEvents: 75,
  pending: 30,
  spilled: 20,
  spillFailures: 1,
  spillError: null,
  oldest: 1_700_000_000,
  dropped: { late: 0, overflow: 5, failed: 4, refused: 1, evicted: 0, silenced: 0, merged: 0 },
  retries: 3,
  circuit: "open",
  lastSuccess: 1_700_000_001,
  batchSizes: { bounds: [1, 10], counts: [2, 3, 1], sum: 75 },
  seconds: { bounds: [0.1, 1], counts: [5, 0, 1], sum: 3.5 },
}));

/** What a daemon with two pipelines may show. */
export function aView(changes: Partial<DaemonView> = {}): DaemonView {
  const pipelines = [pipelineReport("a", "running"), pipelineReport('odd "name"\\\n', "stalled")];
  return {
    pipelines: () => pipelines,
    reports: () => pipelines,
    states: () => pipelines.map(({ name, state }) => ({ name, state })),
    transport: () => sumOf(DOORS, { answered: 3, refused: 1, timeout: 2, abandoned: 0 }),
    doors: () => DOORS,
    recording: () => ({ frames: 45, bytes: 4500, dropped: 5 }),
    readiness: () => ({ ready: true, reasons: [] }),
    workers: () => [{ id: 1, state: "running", replaced: 2, heapBytes: 1000, stateBytes: 8192, indexEvents: 7 }],
    eventSeries: () => ["# TYPE cpu gauge\n", "cpu 1\n"],
    targets: () => TARGETS,
    mistimed: () => ({ timeUnit: 11, ahead: 12 }),
    state: () => ({ error: null, ageSeconds: 4, skipped: 13 }),
    journal: () => ({ error: null, bytes: 14, written: 15, lost: 16, unreadableBytes: 17 }),
    reloads: () => ({ succeeded: 3, failed: 1, lastError: "a.ts:1:1: no", loadedAt: 1_700_000_000 }),
    search: (query) => Promise.resolve({ kind: "found", bytes: new Uint8Array(Buffer.from(`${query}\n`)) }),
    taps: () => [{ name: "a tap", pipelines: ["a"] }],
    listen: () => () => {},
    ...changes,
  };
}
