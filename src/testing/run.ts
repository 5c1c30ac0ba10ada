import type { Event } from "../core/event.ts";
import { type AnyStages, type Chain, type Emitted, pipeline } from "../core/pipeline.ts";
import { layOut } from "../engine/layout.ts";
import { newCounts, OFFERED, readLedger } from "../engine/ledger.ts";
import type { PipelineReport } from "../engine/report.ts";
import { Supervisor } from "../engine/supervisor.ts";
import type { Failure } from "../engine/surroundings.ts";
import { FastTsError } from "../errors.ts";
import { usersFrame } from "./frames.ts";
import { noteOn, noteOnTime } from "./notes.ts";
import { Settler } from "./settle.ts";
import type { Step } from "./steps.ts";
import { type LogLine, VirtualThread } from "./virtual-thread.ts";

/** How a run differs from the plainest one. */
export interface RunOptions {
  /** Restart on a throw, as the daemon does, in place of throwing. @default false */
  readonly supervised?: boolean;
  /** Seconds that an event without a ttl stays valid, as the daemon's option of the name. @default 60 */
  readonly defaultTtl?: number;
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
}

/**
 * Runs stages on events in virtual time, through the daemon's own runner, and returns what the last stage emitted:
 * events, or lists of them after a window.
 *
 * The clock shows 0 at first and stands still but for `wait` and `at`: an event's own `time` does not move it.
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
  const rig = new Rig(stages, options);
  rig.run(steps);
  return rig.results();
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
  const rig = new Rig(stages, options);
  rig.run(steps);
  return rig.timedResults();
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
  const rig = new Rig(stages, options);
  await rig.runAsync(steps);
  return rig.results<Emitted<Event, S>>();
}

/**
 * As {@link run}, with everything there is to know: times, ledger, log lines, timers left.
 *
 * @throws FastTsError as {@link run}.
 */
export function perform(stages: AnyStages, steps: readonly Step[], options: RunOptions = {}): Outcome {
  const rig = new Rig(stages, options);
  rig.run(steps);
  return rig.end();
}

/** A pipeline of these stages alone in its thread. */
class Rig {
  readonly #thread: VirtualThread;
  readonly #supervisor: Supervisor;
  readonly #places: readonly string[];
  readonly #values: Timed<unknown>[] = [];
  readonly #isSupervised: boolean;
  #ended = { now: 0, due: Number.POSITIVE_INFINITY };

  constructor(stages: AnyStages, { supervised = false, defaultTtl }: RunOptions) {
    this.#thread = new VirtualThread({ start: 0, defaultTtl, explain: (error) => error.stack ?? error.message });
    const { clock, thread, lines } = this.#thread;
    const layout = layOut(stages);
    this.#isSupervised = supervised;
    this.#places = layout.rows.map((place) => place.name);
    // Whether the chain fits was checked where it was given.
    const declared = pipeline("run", stages as readonly []);
    this.#supervisor = new Supervisor(declared, layout, newCounts(layout.rows.length), thread);
    this.#supervisor.output = (value) => this.#values.push({ at: clock.now(), value });
    this.#supervisor.start();
    const problem = lines.find((line) => line.message === "stage did not start");
    if (problem !== undefined && !supervised) throw new FastTsError("FTS_STAGE_THREW", String(problem.fields.error));
  }

  /** Whatever the first stage is, it gets the events. */
  #turns(steps: readonly Step[]): Iterable<void> {
    return this.#thread.drive(steps, false, (batch) => this.#supervisor.offer(batch));
  }

  run(steps: readonly Step[]): void {
    for (const _ of this.#turns(steps)) this.#checkFailure();
  }

  async runAsync(steps: readonly Step[]): Promise<void> {
    const settler = new Settler(
      () => [this.#ledger],
      () => this.#thread.finishTurn(),
    );
    for (const _ of this.#turns(steps)) {
      await settler.settle();
      this.#checkFailure();
    }
    settler.checkSettled();
  }

  /** What the last stage emitted; its type is in that of the chain. */
  results<Out>(): Out[] {
    return this.#noted(this.end().values.map(({ value }) => value as Out));
  }

  /** As {@link results}, with their times. */
  timedResults<Out>(): Timed<Out>[] {
    return this.#noted([...(this.end().values as readonly Timed<Out>[])]);
  }

  #noted<Results extends readonly unknown[]>(results: Results): Results {
    const { now, due } = this.#ended;
    const isEmpty = results.length === 0 && this.#supervisor.counts[OFFERED] !== 0;
    noteOn(results, () => noteOnTime(isEmpty, 0, now, due));
    return results;
  }

  end(): Outcome {
    const ledger = this.#ledger;
    const { lines, clock } = this.#thread;
    this.#ended = { now: clock.now(), due: clock.nextDue };
    this.#supervisor.abandon();
    return { values: this.#values, ledger, log: lines, timersLeft: clock.timers };
  }

  get #ledger(): PipelineReport {
    return readLedger(this.#supervisor.counts, this.#places, { name: "run", file: "", line: 0, worker: 0 });
  }

  #checkFailure(): void {
    const failure = this.#supervisor.lastFailure;
    if (failure !== null && !this.#isSupervised) throw stageError(failure);
  }
}

function stageError({ actor, error }: Failure): FastTsError {
  const frame = usersFrame(error.stack ?? "");
  const where = frame === null ? "" : ` at ${frame.file}:${frame.line}:${frame.column}`;
  return new FastTsError("FTS_STAGE_THREW", `${actor.place} threw: ${error.message}${where}`, { cause: error });
}
