import type { RecordReport } from "../capture/report.ts";
import type { Cancel } from "../core/clock.ts";
import type { FailingSpillReport, TargetReport, UnclaimedSpillReport } from "../delivery/report.ts";
import type { PipelineReport } from "../engine/report.ts";
import type { DoorReport, TransportReport } from "../ingest/report.ts";
import type {
  AlertsReport,
  Answer,
  Listener,
  MistimedReport,
  ReloadReport,
  StateReport,
  TapReport,
  WorkerReport,
} from "../runtime/report.ts";
import type { JournalReport } from "../state/journal-report.ts";

/** May senders be sent here, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** What is missing, in words; empty when ready. */
  readonly reasons: readonly string[];
  /** The route file that takes long to be tried out for a reload: no reason not to be ready. Absent when there is none. */
  readonly slowRoute?: string;
  /** Spill that no target uses, as it was after the start: no reason not to be ready. Only with `--data`. */
  readonly unclaimedSpill?: readonly UnclaimedSpillReport[] | undefined;
  /** Targets whose spill the disk does not take: no reason not to be ready. Absent when there is none. */
  readonly failingSpill?: readonly FailingSpillReport[] | undefined;
  /** Open alerts that are not on disk, or that no pipeline looks after: no reason not to be ready. */
  readonly openAlerts?: AlertsReport | undefined;
  /** State that is not on disk as it is: no reason not to be ready. Only with `--state`. */
  readonly state?: StateReport | undefined;
  /** What the journal holds, and whether it is written: no reason not to be ready. Only with `--journal`. */
  readonly journal?: JournalReport | undefined;
}

/** What HTTP shows of the daemon; the daemon implements it. Nothing here but `search` waits for a worker. */
export interface DaemonView {
  pipelines(): readonly PipelineReport[];
  /** The same one after the other, each made when it is asked for: 2,000 of them take a while. */
  reports(): Iterable<PipelineReport>;
  /** Their names and states alone. */
  states(): readonly Pick<PipelineReport, "name" | "state">[];
  /** All doors together. */
  transport(): TransportReport;
  doors(): readonly DoorReport[];
  recording(): RecordReport;
  readiness(): Readiness;
  workers(): readonly WorkerReport[];
  /** Where sinks send to, each with what became of what it was given by all pipelines. */
  targets(): readonly TargetReport[];
  mistimed(): MistimedReport;
  /** What `prometheus()` shows, in Prometheus's text format, piece by piece. */
  eventSeries(): Iterable<string>;
  reloads(): ReloadReport;
  /** Null without `--state`. */
  state(): StateReport | null;
  /** Null without `--journal`. */
  journal(): JournalReport | null;
  /** Asks the index; what is found is lines of JSON, which others may be given as well. */
  search(query: string): Promise<Answer>;
  taps(): readonly TapReport[];
  /** Shows the events of a tap until the returned function is called. */
  listen(tap: string, listener: Listener): Cancel;
}
