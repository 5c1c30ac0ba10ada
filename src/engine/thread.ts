import type { Clock } from "../core/clock.ts";
import type { IndexView } from "../core/index-view.ts";
import type { Log } from "../core/log.ts";
import type { Edge, Outlet, Site } from "../core/stage.ts";
import type { TargetsPort } from "../core/target-port.ts";
import type { StagePosition } from "./layout.ts";
import { Run } from "./run.ts";
import type { StateBudget } from "./state-budget.ts";
import { turnEnd } from "./turn-end.ts";

/** Whose turn it is. */
export interface Owner {
  /** What was started in a turn threw outside of any stage. */
  crashed(error: Error): void;
}

/** What a supervisor needs from the thread it runs in, shared by all of the thread's supervisors. */
export interface Thread {
  readonly clock: Clock;
  /** Seconds that an event without a ttl stays valid. */
  readonly defaultTtl: number;
  /** Of all its pipelines; kept when they are replaced. */
  readonly index: IndexView;
  /** Bounds what all of its pipelines and the index hold. */
  readonly state: StateBudget;
  readonly targets: TargetsPort;
  readonly log: Log;
  /** When the current turn should end, on the monotonic clock; set when a turn begins. */
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
  /** Where stages with this edge send to; `pipeline` is the one they are in. */
  outlet(edge: Edge, pipeline: string): Outlet;
  /** Makes stacks point at the user's own lines; with none in it, at the stage that threw. */
  explain(error: Error, stage: Site | null): string;
}

/** Stages that are about to be started in a thread. */
interface Plan {
  readonly pipeline: string;
  readonly places: readonly StagePosition[];
  readonly counts: Float64Array;
  /** It gets what others publish, and works on in their turn: its inbox must not fill up meanwhile. */
  readonly isSubscriber: boolean;
  /** Gets what the last stage emits. */
  output(value: unknown): void;
  /** Called after a turn that a timer or a promise began. */
  settled(): void;
}

/** Starts stages as turns of `owner`. Throws what a stage's `start` threw. */
export function startRun(thread: Thread, owner: Owner, plan: Plan): Run {
  const options = {
    ...plan,
    clock: thread.clock,
    defaultTtl: thread.defaultTtl,
    index: thread.index,
    state: thread.state,
    targets: thread.targets,
    logFor: (place: string) => withPlace(thread.log, plan.pipeline, place),
    later: thread.later,
    isTimeUp: plan.isSubscriber ? () => false : turnEnd(thread),
    explain: thread.explain,
    outlet: (edge: Edge) => thread.outlet(edge, plan.pipeline),
    enter: (work: () => void) => thread.enter(owner, work),
  };
  return thread.enter(owner, () => new Run(options));
}

function withPlace(log: Log, pipeline: string, stage: string): Log {
  const line =
    (level: keyof Log) =>
    (message: string, fields: Record<string, unknown> = {}): void =>
      log[level](message, { pipeline, stage, ...fields });
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}
