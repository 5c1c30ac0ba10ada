import type { PipelineReport } from "../engine/report.ts";
import type { TransportReport } from "../transport/report.ts";

/** May senders be sent here, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** What is missing, in words; empty when ready. */
  readonly reasons: readonly string[];
}

/** One thread that hosts pipelines. */
export interface WorkerReport {
  /** 0 is the main thread. */
  readonly id: number;
  readonly state: "starting" | "running" | "stuck" | "stopped";
  /** How many threads died or hung in this place and were replaced. */
  readonly replaced: number;
  /** Heap in use, bytes, when last asked. */
  readonly heapBytes: number;
}

/** What became of the attempts to load the route directory. */
export interface ReloadReport {
  readonly succeeded: number;
  readonly failed: number;
  /** The last attempt's problem; `null` when it went well. */
  readonly lastError: string | null;
  /** Unix seconds at which the running route set was loaded; `null` before the first. */
  readonly loadedAt: number | null;
}

/** What the HTTP door shows of the daemon; the daemon implements it. Nothing here waits for a worker. */
export interface DaemonView {
  pipelines(): readonly PipelineReport[];
  transport(): TransportReport;
  readiness(): Readiness;
  workers(): readonly WorkerReport[];
  reloads(): ReloadReport;
}
