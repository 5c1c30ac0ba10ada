import type { AlarmClock } from "../core/clock.ts";
import type { SpreadField } from "../core/spread.ts";
import type { DropReason } from "../core/stage.ts";
import type { Thread } from "../engine/thread.ts";
import type { Origin } from "../state/origin.ts";
import type { KeptAlert } from "./kept-alerts.ts";
import type { KeptState } from "./kept-state.ts";
import type { Tapped } from "./report.ts";
import type { ThreadTargets } from "./stop-targets.ts";

/** What a thread provides to its pipelines. */
export interface RuntimeOptions
  extends Pick<Thread, "clock" | "log" | "inbox" | "defaultTtl" | "relieved" | "overloaded"> {
  /** With a journal: what the time of pipelines goes by. @default the machine's clock, and there is none */
  readonly journal?: RuntimeJournal | undefined;
  /** Maximum of what all pipelines and the index hold, bytes; `auto`: half of the heap that the thread may have. */
  readonly maxStateBytes: number | "auto";
  readonly targets: ThreadTargets;
  /** Seconds that a pipeline which is replaced gets to finish. */
  readonly stopDeadline: number;
  /** A turn of a pipeline begins. */
  entered(): void;
  /** Gives a frame of events to all pipelines of all threads; resolves with why they will not get them. */
  inject(frame: Buffer, origin: Origin): Promise<DropReason | null>;
  /** Open alerts have changed. */
  keepAlerts(changes: readonly KeptAlert[]): void;
  /** See {@link StatePart}. */
  readonly partitionKey: SpreadField;
  readonly label: string;
  /** Which partitions are those of this worker. */
  readonly mine: Uint8Array;
  /** Gets what is to outlive the thread; `null`: nothing is. */
  readonly keepState: ((kept: KeptState) => void) | null;
  /** Shows the events of taps that have readers; resolves when it can take more. */
  show(tapped: readonly Tapped[]): Promise<void>;
}

/** A journal that gives the pipelines of a thread their events and their time. */
export interface RuntimeJournal {
  readonly clock: AlarmClock;
  /** How many of its events were offered. */
  position(): number;
  /** Calls back between two of its records. */
  atRest(work: () => void): void;
}
