import type { Cancel } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { SpreadField } from "../core/spread.ts";
import type { PipelineReport } from "../engine/report.ts";
import type { Intake } from "../ingest/intake.ts";
import type { RouteFile } from "../routes/compile.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import type { Problem } from "../routes/problem.ts";
import type { Answer, Form, Listener, MistimedReport, WorkerReport } from "../runtime/report.ts";
import type { StopReport } from "../runtime/shutdown.ts";
import type { Silence } from "../silences/silence.ts";
import type { Journal } from "../state/journal.ts";
import type { AlertStore } from "./alert-store.ts";
import type { GivenUpEvents } from "./given-up-events.ts";
import type { MarkStore } from "./output-marks.ts";
import type { StateStore } from "./state-store.ts";
import type { TargetsHost, TroubleStore } from "./trouble-store.ts";

/** Every route file, compiled, and the pipelines it declares. */
export interface RouteSet {
  readonly files: readonly RouteFile[];
  readonly pipelines: readonly DryRunPipeline[];
}

/** Where pipelines live: this thread, or workers. */
export interface Host extends TargetsHost {
  readonly intake: Intake;
  /** Swaps to another route set, whole or not at all. */
  apply(set: RouteSet): Promise<readonly Problem[]>;
  /** Resolves when workers that ended are replaced, and all have read what the journal has; or rest for a while. */
  settled(): Promise<void>;
  /** Made one after the other, as they are asked for. */
  pipelines(): Iterable<PipelineReport>;
  states(): Pick<PipelineReport, "name" | "state">[];
  workers(): WorkerReport[];
  /** Of all events that came in by any door. */
  mistimed(): MistimedReport;
  /** Events that were taken in and not offered yet, for all pipelines. */
  unoffered(): number;
  /** Shows the events of a tap, now and after reloads, until the returned function is called. */
  listen(tap: string, listener: Listener): Cancel;
  /** These are all silences there are. */
  silence(silences: readonly Silence[]): void;
  /** Asks the index, once all that was taken until now has come to it: an answer in each form. Never rejects. */
  search(query: string, forms: readonly Form[]): Promise<readonly Answer[]>;
  /** Lets every pipeline finish what was taken, within `seconds`. */
  stop(seconds: number): Promise<StopReport>;
}

export interface HostOptions {
  readonly log: Log;
  /** Events an inbox holds. */
  readonly inbox: number;
  /** Maximum of what pipelines and the index of a thread hold, bytes; `auto`: half of the heap it may have. */
  readonly maxStateBytes: number | "auto";
  /** Seconds that an event without a ttl stays valid. */
  readonly defaultTtl: number;
  /** Seconds that an event may be ahead of the clock. */
  readonly maxAhead: number;
  /** Whether times that cannot be seconds become seconds. */
  readonly timeUnits: "on" | "off";
  /** By what pipelines are spread that have no need of any field. */
  readonly partitionKey: SpreadField;
  readonly maxFrame: number;
  /** Seconds that a pipeline which is replaced gets to finish. */
  readonly stopDeadline: number;
  /** Where the process keeps what is to outlive it; null: nowhere. */
  readonly dataDir: string | null;
  readonly alerts: AlertStore;
  readonly state: StateStore;
  /** What comes in is written there first; null: it is not. */
  readonly journal: Journal | null;
  /** With a journal: what was delivered. */
  readonly marks: MarkStore | null;
  /** With a journal: what threads ended at. */
  readonly givenUp: GivenUpEvents | null;
  /** Hears the news of targets, and has the host tell them. */
  readonly troubles: TroubleStore;
}
