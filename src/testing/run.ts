import type { Event, EventFields } from "../core/event.ts";
import { event } from "../core/event.ts";
import { DEFAULT_TTL } from "../core/expiry.ts";
import type { Log, LogLevel } from "../core/log.ts";
import { pipeline } from "../core/pipeline.ts";
import { nowhere, type Stage, type Stages } from "../core/stage.ts";
import { layOut } from "../engine/layout.ts";
import { newCounts, readLedger } from "../engine/ledger.ts";
import type { PipelineReport } from "../engine/report.ts";
import { Supervisor } from "../engine/supervisor.ts";
import type { Thread } from "../engine/thread.ts";
import { FastTsError } from "../errors.ts";
import { VirtualClock } from "./virtual-clock.ts";

interface Wait {
  readonly wait: number;
}
interface At {
  readonly at: number;
  readonly event: EventFields;
}
/** An event (without `time` it gets the virtual now), a {@link wait}, or an event {@link at} a second. */
export type Step = EventFields | Event | Wait | At;

/** Lets virtual time pass. */
export function wait(seconds: number): Wait {
  return { wait: seconds };
}

/** An event that comes when the virtual clock shows `second`; its `time` is that too, unless it has its own. */
export function at(second: number, fields: EventFields): At {
  return { at: second, event: fields };
}

/** How a run differs from the plainest one. */
export interface RunOptions {
  /** Restart on a throw, as the daemon does, in place of throwing. @default false */
  readonly supervised?: boolean;
  /** Seconds that an event without a ttl stays valid, as the daemon's option of the name. @default 60 */
  readonly defaultTtl?: number;
}

/** What a run gave: the values, when each left the last stage, the books and the log. */
export interface Outcome {
  readonly values: readonly { readonly at: number; readonly value: unknown }[];
  readonly ledger: PipelineReport;
  readonly log: readonly {
    readonly level: LogLevel;
    readonly message: string;
    readonly fields: Record<string, unknown>;
  }[];
  /** Planned calls that are left after the run has ended. */
  readonly timersLeft: number;
}

/**
 * Runs stages on events in virtual time, through the daemon's own runner, and returns what the last stage emitted.
 *
 * @throws FastTsError `FTS_STAGE_THREW` when a stage throws, unless `supervised`.
 * @example
 * run([rate(5)], [{ metric: 10 }, { metric: 20 }, wait(5)]); // one event with metric 6
 */
export function run<Out = Event>(
  stages: Stages | readonly Stage<never, Out>[],
  steps: readonly Step[],
  options?: RunOptions,
): Out[] {
  return perform(stages, steps, options).values.map(({ value }) => value as Out);
}

/** As {@link run}, with the virtual second at which each value left the last stage. */
export function runTimed<Out = Event>(
  stages: Stages | readonly Stage<never, Out>[],
  steps: readonly Step[],
  options?: RunOptions,
): { at: number; value: Out }[] {
  return perform(stages, steps, options).values.map((one) => ({ at: one.at, value: one.value as Out }));
}

/** As {@link run}, with everything there is to know: times, ledger, log lines, timers left. */
export function perform(
  stages: readonly Stage<never, unknown>[],
  steps: readonly Step[],
  options: RunOptions = {},
): Outcome {
  const clock = new VirtualClock();
  const log: { level: LogLevel; message: string; fields: Record<string, unknown> }[] = [];
  const values: { at: number; value: unknown }[] = [];
  const postponed: (() => void)[] = [];
  const thread: Thread = {
    clock,
    log: recorder(log),
    turnEnd: Number.POSITIVE_INFINITY,
    full: 0,
    inbox: 16_384,
    defaultTtl: options.defaultTtl ?? DEFAULT_TTL,
    enter: (_, work) => work(),
    later: (work) => postponed.push(work),
    relieved: () => {},
    overloaded: () => {},
    outlet: () => nowhere,
    explain: (error) => error.stack ?? error.message,
  };
  const layout = layOut(stages);
  const supervisor = new Supervisor(pipeline("run", stages as Stages), layout, newCounts(layout.rows.length), thread);
  supervisor.output = (value) => values.push({ at: clock.now(), value });
  const afterTurn = (): void => {
    for (let work = postponed.shift(); work !== undefined; work = postponed.shift()) work();
    const failure = supervisor.lastFailure;
    if (failure === null || options.supervised) return;
    throw new FastTsError("FTS_STAGE_THREW", `${failure.actor.place} threw: ${failure.error.message}`, {
      cause: failure.error,
    });
  };
  supervisor.start();
  const startProblem = log.find((line) => line.message === "stage did not start");
  if (startProblem !== undefined && !options.supervised)
    throw new FastTsError("FTS_STAGE_THREW", String(startProblem.fields.error));
  for (const step of steps) {
    if ("wait" in step) {
      clock.advanceTo(clock.now() + step.wait, afterTurn);
    } else {
      const fields = "at" in step ? step.event : step;
      if ("at" in step) clock.advanceTo(step.at, afterTurn);
      supervisor.offer([event({ ...fields, time: fields.time ?? clock.now() })]);
    }
    afterTurn();
  }
  const places = layout.rows.map((place) => place.name);
  const ledger = readLedger(supervisor.counts, places, { name: "run", file: "", line: 0, worker: 0 });
  supervisor.abandon();
  return { values, ledger, log, timersLeft: clock.timers };
}

function recorder(lines: { level: LogLevel; message: string; fields: Record<string, unknown> }[]): Log {
  const line =
    (level: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      lines.push({ level, message, fields });
    };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}
