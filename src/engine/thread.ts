import type { AlertsPort } from "../core/alerts-port.ts";
import type { AlarmClock, Clock } from "../core/clock.ts";
import type { IndexView } from "../core/index-view.ts";
import type { Log } from "../core/log.ts";
import type { SilencesPort } from "../core/silences-port.ts";
import type { Edge, Outlet, Site } from "../core/stage.ts";
import type { TargetsPort } from "../core/target-port.ts";
import type { StateBudget } from "./state-budget.ts";

/** Whose turn it is. */
export interface Owner {
  /** What was started in a turn threw outside of any stage. */
  crashed(error: Error): void;
}

/** What a thread gives to all of its pipelines: one object, passed by reference from supervisors down to actors. */
export interface Thread {
  /** What stages see, and their alarms go by. */
  readonly clock: AlarmClock;
  /** The machine's, which turns, rests and patience go by: `clock` may be another. */
  readonly machine: Clock;
  /** Seconds that an event without a ttl stays valid. */
  readonly defaultTtl: number;
  /** Of all its pipelines; kept when they are replaced. */
  readonly index: IndexView;
  /** Bounds what all of its pipelines and the index hold. */
  readonly state: StateBudget;
  readonly targets: TargetsPort;
  readonly alerts: AlertsPort;
  readonly silences: SilencesPort;
  readonly log: Log;
  /** When the current turn should end, by `elapsed` of the machine's clock; set when a turn begins. */
  turnEnd: number;
  /** How many pipelines have a full inbox and want their senders to wait. */
  full: number;
  /** Events an inbox holds unless the pipeline says otherwise. */
  readonly inbox: number;
  /** Runs `work` so that what it starts (timers, promises, sockets) is known to be `owner`'s. */
  enter<T>(owner: Owner, work: () => T): T;
  /** Runs `work` in a later turn. */
  later(work: () => void): void;
  /** `full` changed to 0: senders may go on. */
  relieved(): void;
  /** A pipeline begins to shed. */
  overloaded(pipeline: string, description: string): void;
  /** Where stages of a pipeline with this edge send to. */
  outlet(edge: Edge, pipeline: string): Outlet;
  /** Message and stack, in the words of the user's own files; with no file of theirs in it, where the stage stands. */
  explain(error: Error, stage: Site | null): string;
}
