import type { Event } from "../core/event.ts";
import { type AnyStages, type Chain, type Emitted, pipeline } from "../core/pipeline.ts";
import { checkStages } from "../core/stage.ts";
import type { PipelineReport } from "../engine/report.ts";
import type { Failure } from "../engine/run-scope.ts";
import { Supervisor } from "../engine/supervisor.ts";
import { FastTsError } from "../errors.ts";
import { usersCallSite, usersStack } from "./call-site.ts";
import { hintOn, hintOnAhead, hintOnTime, hintOnWaiting } from "./failure-hints.ts";
import { Settler } from "./settle.ts";
import type { Step } from "./steps.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { type LogLine, VirtualThread } from "./virtual-thread.ts";

/** How a run differs from the plainest one. */
export interface RunOptions {
  /** Restart on a throw, as the daemon does, in place of throwing. @default false */
  readonly supervised?: boolean;
  /** Seconds that an event without a ttl stays valid, as the daemon's option of the name. @default 60 */
  readonly defaultTtl?: number;
  /**
   * Seconds by which an event may be ahead of the clock, as the daemon's option of the name: one that is further ahead
   * counts as now for windows, due times and expiry. @default 60
   */
  readonly maxAhead?: number;
}

/** A value and the virtual second at which it left the last stage. */
export interface Timed<Out> {
  readonly at: number;
  readonly value: Out;
}

/** What a run gave: the values, when each left the last stage, the books and the log. */
export interface Outcome<Out = unknown> {
  readonly values: readonly Timed<Out>[];
  readonly ledger: PipelineReport;
  readonly log: readonly LogLine[];
  /** Planned calls that are left after the run has ended. */
  readonly timersLeft: number;
  /** What may explain that nothing came out, or not all. */
  readonly hint: string | null;
}

/**
 * Runs stages on events in virtual time, through the daemon's own runner, and returns what the last stage emitted:
 * events, or lists of them after a window.
 *
 * The clock shows 0 at first and moves only by `wait` and `at`, not by an event's own `time`.
 *
 * @throws FastTsError `FTS_STAGE_THREW` when a stage throws, unless `supervised`; its `cause` is what was thrown.
 * `FTS_TEST` when a step makes no sense.
 * @example
 * run([rate(5)], [{ metric: 10 }, { metric: 20 }, wait(5)]); // one event with metric 6
 * run([fixedEventWindow(2)], [{ metric: 1 }, { metric: 2 }]); // one list of two events
 */
export function run<const S extends AnyStages>(
  stages: S & Chain<Event, S>,
  steps: readonly Step[],
  options: RunOptions = {},
): Emitted<Event, S>[] {
  return valuesOf<Emitted<Event, S>>(new Rig(stages, options).run(steps));
}

/**
 * As {@link run}, with the virtual second at which each value left the last stage.
 *
 * @throws FastTsError as {@link run}.
 * @example
 * runTimed([rate(5)], [at(3, { metric: 1 }), wait(10)]); // [{ at: 8, value: … }]
 */
export function runTimed<const S extends AnyStages>(
  stages: S & Chain<Event, S>,
  steps: readonly Step[],
  options: RunOptions = {},
): Timed<Emitted<Event, S>>[] {
  const { values, hint } = new Rig(stages, options).run(steps);
  // What the last stage emits is in the type of the chain.
  const timed = [...values] as Timed<Emitted<Event, S>>[];
  hintOn(timed, () => hint);
  return timed;
}

/**
 * As {@link run}, for stages that await something: after each step, and each timer, their promises settle, while
 * virtual time stands still.
 *
 * What comes from the real world (a file, a server) is waited for, 5 s at most; a promise that the virtual clock
 * settles needs a `wait`.
 *
 * @throws FastTsError as {@link run}; `FTS_TEST` when a stage still waits at the end, with its name.
 * @example
 * const zoneOf = async (host: string | null) => `zone of ${host}`;
 * await runAsync([map(async (e) => e.with({ description: await zoneOf(e.host) }))], [{ host: "a" }]); // one event
 */
export async function runAsync<const S extends AnyStages>(
  stages: S & Chain<Event, S>,
  steps: readonly Step[],
  options: RunOptions = {},
): Promise<Emitted<Event, S>[]> {
  return valuesOf<Emitted<Event, S>>(await new Rig(stages, options).runAsync(steps));
}

/**
 * As {@link run}, with everything there is to know: times, ledger, log lines, timers left.
 *
 * @throws FastTsError as {@link run}.
 */
export function perform(stages: AnyStages, steps: readonly Step[], options: RunOptions = {}): Outcome {
  return new Rig(stages, options).run(steps);
}

function valuesOf<Out>({ values, hint }: Outcome): Out[] {
  const list = values.map(({ value }) => value as Out);
  hintOn(list, () => hint);
  return list;
}

/** A pipeline of these stages, the only one in its thread, for one run. */
class Rig {
  readonly #thread: VirtualThread;
  readonly #supervisor: Supervisor;
  readonly #settler: Settler;
  readonly #values: Timed<unknown>[] = [];
  readonly #isSupervised: boolean;

  constructor(stages: AnyStages, { supervised = false, defaultTtl, maxAhead }: RunOptions) {
    this.#thread = new VirtualThread({
      clock: new VirtualClock(0, maxAhead),
      defaultTtl,
      explain: usersStack,
    });
    const { clock, thread, lines } = this.#thread;
    checkStages("run(stages)", stages);
    this.#isSupervised = supervised;
    // The caller's types have checked the chain.
    this.#supervisor = new Supervisor(pipeline("run", stages as readonly []), thread);
    this.#supervisor.output = (value) => this.#values.push({ at: clock.now(), value });
    this.#settler = new Settler(
      () => [this.#supervisor],
      () => this.#thread.finishTurn(),
    );
    this.#supervisor.start();
    const problem = lines.find((line) => line.message === "stage did not start");
    if (problem !== undefined && !supervised) throw new FastTsError("FTS_STAGE_THREW", String(problem.fields.error));
  }

  run(steps: readonly Step[]): Outcome {
    try {
      for (const _ of this.#turns(steps)) this.#checkFailure();
      return this.#end();
    } finally {
      this.#supervisor.abandon();
    }
  }

  async runAsync(steps: readonly Step[]): Promise<Outcome> {
    try {
      for (const _ of this.#turns(steps)) {
        await this.#settler.settle();
        this.#checkFailure();
      }
      this.#settler.checkSettled();
      return this.#end();
    } finally {
      this.#supervisor.abandon();
    }
  }

  /** Whatever the first stage is, it gets the events. */
  #turns(steps: readonly Step[]): Iterable<void> {
    return this.#thread.drive(steps, false, (batch) => this.#supervisor.offer(batch));
  }

  #end(): Outcome {
    const { lines, clock } = this.#thread;
    const ledger = this.#supervisor.report();
    const hint = this.#hint(ledger);
    this.#supervisor.abandon();
    this.#thread.close();
    return { values: this.#values, ledger, log: lines, timersLeft: clock.timers, hint };
  }

  #hint({ offered }: PipelineReport): string | null {
    const { waiting } = this.#settler;
    if (waiting.length > 0) return hintOnWaiting(waiting, "runAsync");
    if (this.#values.length > 0 || offered === 0) return null;
    const { clock, ahead } = this.#thread;
    return ahead > 0 ? hintOnAhead(ahead, clock.latest() - clock.now()) : hintOnTime(clock.now(), clock.nextDue);
  }

  #checkFailure(): void {
    const failure = this.#supervisor.lastFailure;
    if (failure !== null && !this.#isSupervised) throw stageError(failure);
  }
}

function stageError({ actor, error }: Failure): FastTsError {
  const frame = usersCallSite(error.stack ?? "");
  const where = frame === null ? "" : ` at ${frame.file}:${frame.line}:${frame.column}`;
  return new FastTsError("FTS_STAGE_THREW", `${actor.place} threw: ${error.message}${where}`, { cause: error });
}
