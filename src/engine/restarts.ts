import { Event } from "../core/event.ts";
import type { Pipeline } from "../core/pipeline.ts";
import { channelOf } from "../core/pipeline-edges.ts";
import { show } from "../core/stage.ts";
import { coerceError } from "../errors.ts";
import { type Crash, crashEvent } from "./crash.ts";
import type { Layout } from "./layout.ts";
import { add, EMITTED, RESTARTS } from "./ledger.ts";
import { OnCrash } from "./on-crash.ts";
import { RestartIntensity } from "./restart-intensity.ts";
import type { Run } from "./run.ts";
import type { BranchOwner, Failure } from "./run-scope.ts";
import { type Owner, startRun, type Thread } from "./thread.ts";

interface PipelineRunsOptions {
  readonly pipeline: Pipeline;
  readonly layout: Layout;
  readonly counts: Float64Array;
  readonly thread: Thread;
  readonly owner: Owner;
  /** Gets what the last stage emits. */
  output(value: unknown): void;
  /** After a turn that a timer or a promise began. */
  settled(): void;
  /** It restarted too often and should rest for `seconds`; false when the pipeline is stopping. */
  rest(seconds: number): boolean;
}

/** A throw, before it is told of: `stage` is who threw. */
interface Told extends Pick<Crash, "value" | "error"> {
  readonly stage: BranchOwner | null;
}

/**
 * The runs of one pipeline, one after the other: each ends when a stage throws, which is logged and reported to
 * `onCrash`.
 */
export class PipelineRuns {
  /** The current run; `null` before the first, while the pipeline rests, and in the end. */
  run: Run | null = null;
  /** The failure of the run that failed last. */
  lastFailure: Failure | null = null;
  readonly #options: PipelineRunsOptions;
  readonly #restarts = new RestartIntensity();
  readonly #onCrash: OnCrash;

  constructor(options: PipelineRunsOptions) {
    const { thread, layout, counts, pipeline } = options;
    this.#options = options;
    this.#onCrash = new OnCrash({
      start: (owner) =>
        startRun(thread, owner, {
          pipeline: pipeline.name,
          places: layout.onCrash,
          counts,
          isSubscriber: false,
          output: () => {},
          settled: () => owner.settled(),
        }),
      report: (message, stage, error) => this.#log(message, error, stage, { stage: stage?.place ?? null }),
    });
  }

  /** Starts the stages, unless that fails too often. */
  start(): void {
    if (this.#options.layout.onCrash.length > 0) this.#onCrash.start();
    while (this.run === null) {
      try {
        this.run = this.#begin();
      } catch (thrown) {
        const error = coerceError(thrown);
        this.#log("stage did not start", error);
        this.#tell({ stage: null, value: null, error });
        const wait = this.#count();
        if (wait === 0) continue;
        this.#options.rest(wait);
        return;
      }
    }
  }

  /** A stage of the run threw. */
  restart(failure: Failure): void {
    this.lastFailure = failure;
    this.#report("stage threw, pipeline restarts", failure);
    this.run?.flushBelow(failure.actor);
    this.#replace({ ...failure, stage: failure.actor });
  }

  /** Code of the route file threw outside of any stage. */
  crashed(error: Error): void {
    this.#log("route code threw outside a stage, its pipeline restarts", error);
    this.#replace({ stage: null, value: null, error });
  }

  /** Emits all that is held, top to bottom, and waits until the sinks have written it. */
  async flush(): Promise<void> {
    const { run } = this;
    await run?.flush();
    // A stage that throws now is only logged: there is nothing to restart for.
    if (run !== null && run.failure !== null) this.#report("stage threw while it gave out what it held", run.failure);
    await this.#onCrash.stop();
  }

  /** Ends at once; returns the places that were not done. */
  end(): string[] {
    const { run } = this;
    this.run = null;
    const stuck = [...(run?.busy() ?? []), ...this.#onCrash.abandon()];
    run?.end("stop");
    return stuck;
  }

  #begin(): Run {
    const { thread, owner, pipeline, layout, counts, output, settled } = this.#options;
    const emitted = (value: unknown): void => {
      counts[EMITTED] = (counts[EMITTED] ?? 0) + 1;
      output(value);
    };
    return startRun(thread, owner, {
      pipeline: pipeline.name,
      places: layout.places,
      counts,
      isSubscriber: channelOf(pipeline.stages) !== null,
      output: emitted,
      settled,
    });
  }

  #replace(crash: Told): void {
    const old = this.run;
    this.run = null;
    old?.end("restart");
    this.#tell(crash);
    const wait = this.#count();
    if (wait === 0 || !this.#options.rest(wait)) this.start();
  }

  /** Takes note of a restart; returns how long to rest. */
  #count(): number {
    add(this.#options.counts, RESTARTS, 1);
    return this.#restarts.restarted(this.#options.thread.clock.elapsed());
  }

  #report(message: string, { actor, value, error }: Failure): void {
    const event = value instanceof Event ? value.toJSON() : value === null ? null : show(value);
    this.#log(message, error, actor, { stage: actor.place, event });
  }

  #log(message: string, error: Error, stage: BranchOwner | null = null, fields: Record<string, unknown> = {}): void {
    const { thread, pipeline } = this.#options;
    const words = thread.explain(error, stage?.site ?? null);
    thread.log.error(message, { pipeline: pipeline.name, ...fields, error: words });
  }

  /** Has `onCrash` know of a crash. */
  #tell({ stage, value, error }: Told): void {
    const { layout, thread, pipeline } = this.#options;
    if (layout.onCrash.length === 0) return;
    const words = thread.explain(error, stage?.site ?? null);
    const crash = { pipeline: pipeline.name, stage: stage?.place ?? null, value, error };
    this.#onCrash.tell(crashEvent(crash, words, thread.clock.now()));
  }
}
