import type { MessagePort } from "node:worker_threads";
import type { Moment } from "../core/journal-clock.ts";
import type { LogLevel } from "../core/log.ts";
import type { EventNumbers, SpreadField } from "../core/spread.ts";
import type { DropReason } from "../core/stage.ts";
import type { TargetNews } from "../core/target-port.ts";
import type { Handover, HandoverAnswer, TransitCounts } from "../delivery/handover.ts";
import type { ThreadTargetReport } from "../delivery/report.ts";
import type { Problem } from "../routes/problem.ts";
import type { KeptAlert } from "../runtime/kept-alerts.ts";
import type { KeptState, SavedState } from "../runtime/kept-state.ts";
import type { Assignment, PipelineHandle } from "../runtime/live-files.ts";
import type { OutputMarks } from "../runtime/mutes.ts";
import type { Answer, Form, MistimedReport, Tapped } from "../runtime/report.ts";
import type { StopReport } from "../runtime/shutdown.ts";
import type { Silence } from "../silences/silence.ts";
import type { Damage } from "../state/damage.ts";
import type { Origin } from "../state/origin.ts";
import type { Given } from "./output-watch.ts";
import type { ReplayFilter } from "./poison-record.ts";
import type { RingMemory } from "./ring.ts";

/** What a worker is born with. */
export interface WorkerInit {
  readonly worker: number;
  /** How many there are. */
  readonly workers: number;
  readonly ring: RingMemory;
  /** How it talks with the main thread: not `parentPort`, which route code can write to as well. */
  readonly port: MessagePort;
  /** Where runs of frames come in that are too long for the ring, as shared memory. */
  readonly aside: MessagePort;
  readonly inbox: number;
  readonly maxStateBytes: number | "auto";
  readonly defaultTtl: number;
  readonly maxAhead: number;
  readonly timeUnits: "on" | "off";
  readonly partitionKey: SpreadField;
  readonly stopDeadline: number;
  readonly dataDir: string | null;
  /** Whether the state of pipelines is kept, and when `elapsed` was 0, by a clock without an origin. */
  readonly keepsState: boolean;
  readonly origin: number;
  /** Where the journal is, and when the process began to write it; null: there is none. */
  readonly journal: { readonly dir: string; readonly start: Moment } | null;
}

/** What the main thread tells a worker. */
export type ToWorker =
  | { readonly kind: "prepare"; readonly assignment: Assignment }
  | { readonly kind: "discard" }
  /**
   * With what was open, and what was saved, of pipelines that it did not have; and, for a replay of the journal, the
   * events that are not to be given as the others, and what was delivered.
   */
  | ({
      readonly kind: "commit";
      readonly alerts: readonly KeptAlert[];
      readonly state: readonly SavedState[];
      readonly marks: OutputMarks;
    } & ReplayFilter)
  /** These pipelines move to other workers with the next commit. */
  | { readonly kind: "release"; readonly pipelines: readonly string[] }
  /** Save the state of all pipelines. */
  | { readonly kind: "save" }
  /** A `print` is out. */
  | { readonly kind: "printed"; readonly id: number; readonly error: string | null }
  /** What became of an `inject`. */
  | { readonly kind: "injected"; readonly id: number; readonly reason: DropReason | null }
  /** About what was handed over. */
  | { readonly kind: "handover"; readonly answer: HandoverAnswer }
  /** Somebody listens to these taps. */
  | { readonly kind: "listen"; readonly taps: readonly string[]; readonly capacity: number }
  /** These are all silences there are. */
  | { readonly kind: "silence"; readonly silences: readonly Silence[] }
  /** More can be `tapped`. */
  | { readonly kind: "shown" }
  /** Asks the index, once the first `events` of all events in the ring are dealt with. */
  | {
      readonly kind: "search";
      readonly id: number;
      readonly query: string;
      readonly forms: readonly Form[];
      readonly events: number;
    }
  /** No more will come: finish what is in the ring, then every pipeline. */
  | { readonly kind: "stop"; readonly seconds: number; readonly unsavable: readonly string[] };

/** What a worker tells the main thread. */
export type FromWorker =
  | { readonly kind: "prepared"; readonly problems: readonly Problem[] }
  /** `begun`: events in the records begun before the swap; null: what is `since` of each pipeline counts alone. */
  | { readonly kind: "committed"; readonly started: readonly PipelineHandle[]; readonly begun: EventNumbers | null }
  | { readonly kind: "released"; readonly states: readonly SavedState[] }
  | { readonly kind: "room" }
  | {
      readonly kind: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Record<string, unknown>;
    }
  | { readonly kind: "print"; readonly id: number; readonly text: string }
  /** A frame of events for all pipelines: those that one reinjects, or what the thread has to say. */
  | { readonly kind: "inject"; readonly id: number; readonly frame: Uint8Array; readonly origin: Origin | null }
  /** Of a target that lives in its thread. */
  | { readonly kind: "news"; readonly news: TargetNews }
  /** Events of taps that have readers; the next ones follow after `shown`. */
  | { readonly kind: "tapped"; readonly tapped: readonly Tapped[] }
  | { readonly kind: "alerts"; readonly changes: readonly KeptAlert[] }
  | { readonly kind: "kept"; readonly kept: KeptState }
  /** What its pipelines gave out until then is settled, spilled, or handed over. */
  | { readonly kind: "passed"; readonly given: Given }
  | { readonly kind: "answered"; readonly id: number; readonly answers: readonly Answer[] }
  /** Items for targets whose writers live in the main thread. */
  | { readonly kind: "handover"; readonly handover: Handover }
  /** What became of what its targets were given, and what it has taken for targets here. */
  | {
      readonly kind: "targets";
      readonly reports: readonly ThreadTargetReport[];
      readonly transits: readonly TransitCounts[];
    }
  /** Its replay could not read a segment of the journal to its end. */
  | { readonly kind: "unreadable"; readonly damage: Damage }
  | { readonly kind: "overloaded"; readonly pipeline: string; readonly description: string }
  /** Events came in since the last time with times that are not as they should be. */
  | { readonly kind: "mistimed"; readonly counts: MistimedReport }
  | { readonly kind: "stopped"; readonly report: StopReport };
