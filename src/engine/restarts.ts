import { Event } from "../core/event.ts";
import type { Pipeline } from "../core/pipeline.ts";
import { channelOf } from "../core/pipeline-edges.ts";
import { show } from "../core/stage.ts";
import type { Cut } from "../core/state.ts";
import { coerceError } from "../errors.ts";
import { type CrashScope, logCrash } from "./crash.ts";
import type { Layout } from "./layout.ts";
import { add, EMITTED, RESTARTS } from "./ledger.ts";
import { OnCrash } from "./on-crash.ts";
import { RestartIntensity } from "./restart-intensity.ts";
import type { RestoredRun } from "./restored-stage.ts";
import { Run } from "./run.ts";
import type { Crash, Failure, RunOptions } from "./run-scope.ts";
import { matchLayout, saveLayout } from "./saved-layout.ts";
import { awaySince, type SavedPipeline } from "./saved-pipeline.ts";
import type { Owner, Thread } from "./thread.ts";

interface PipelineRunsOptions extends Pick<RunOptions, "counts" | "forgetful" | "output" | "settled"> {
  readonly pipeline: Pipeline;
  readonly layout: Layout;
  readonly thread: Thread;
  readonly owner: Owner;
  /** It restarted too often and should rest for `seconds`; false when the pipeline is stopping. */
  rest(seconds: number): boolean;
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
  readonly #thread: Thread;
  readonly #owner: Owner;
  readonly #options: RunOptions;
  readonly #rest: (seconds: number) => boolean;
  readonly #scope: CrashScope;
  readonly #restarts = new RestartIntensity();
  readonly #onCrash: OnCrash;
  readonly #layout: Layout;

  constructor({ thread, owner, pipeline, layout, counts, forgetful, output, settled, rest }: PipelineRunsOptions) {
    this.#thread = thread;
    this.#layout = layout;
    this.#owner = owner;
    this.#rest = rest;
    this.#scope = { thread, pipeline: pipeline.name };
    this.#options = {
      pipeline: pipeline.name,
      places: layout.places,
      counts,
      forgetful,
      isSubscriber: channelOf(pipeline.stages) !== null,
      output(value) {
        counts[EMITTED] = (counts[EMITTED] ?? 0) + 1;
        output(value);
      },
      settled,
    };
    this.#onCrash = new OnCrash(thread, { pipeline: pipeline.name, places: layout.onCrash, counts, forgetful });
  }

  /** Starts the stages, unless that fails too often; the first time with what was saved. Returns what starts anew. */
  start(saved: SavedPipeline | null = null): readonly string[] {
    const run = saved === null ? null : this.#restored(saved);
    this.#onCrash.start(run && saved && { run, chain: saved.onCrash });
    let first = run && saved && { run, chain: saved.run };
    let told = "";
    while (this.run === null) {
      try {
        const given = first;
        first = null;
        this.run = new Run(this.#thread, this.#owner, this.#options, given);
      } catch (thrown) {
        const crash = { actor: null, value: null, error: coerceError(thrown) };
        if (crash.error.message !== told) logCrash(this.#scope, "stage did not start", crash);
        told = crash.error.message;
        const wait = this.#restarted(crash);
        if (wait === 0) continue;
        this.#rest(wait);
        break;
      }
    }
    return run === null ? [] : [...run.anew, ...unmatched(this.#layout, run)];
  }

  /** What the stages keep; `null`: one of them awaits something, or nothing runs. */
  save(cut: Cut | null): SavedPipeline | null {
    this.#options.forgetful.clear();
    const run = this.run?.save(cut) ?? null;
    if (run === null) return null;
    const { clock } = this.#thread;
    return {
      now: clock.now(),
      elapsed: clock.elapsed(),
      layout: saveLayout(this.#layout),
      run,
      onCrash: this.#onCrash.save(cut),
    };
  }

  #restored(saved: SavedPipeline): RestoredRun {
    const away = awaySince(saved, this.#thread.clock);
    return { matched: matchLayout(this.#layout, saved.layout), away, anew: new Set() };
  }

  /** A stage of the run threw. */
  restart(failure: Failure): void {
    this.lastFailure = failure;
    this.#logFailure("stage threw, pipeline restarts", failure);
    this.run?.flushBelow(failure.actor);
    this.#replace(failure);
  }

  /** Code of the route file threw outside of any stage. */
  crashed(error: Error): void {
    const crash = { actor: null, value: null, error };
    logCrash(this.#scope, "route code threw outside a stage, its pipeline restarts", crash);
    this.#replace(crash);
  }

  /** See {@link Run.flush}. */
  async flush(isKept: boolean): Promise<void> {
    const { run } = this;
    await run?.flush(isKept);
    // A stage that throws now is only logged: there is nothing to restart for.
    if (run !== null && run.failure !== null)
      this.#logFailure("stage threw while it gave out what it held", run.failure);
    await this.#onCrash.flush(isKept);
  }

  /** See {@link Run.freeze}. */
  freeze(): void {
    this.run?.freeze();
    this.#onCrash.freeze();
  }

  /** Starts anew with what was just saved: the clock was set meanwhile. */
  renew(saved: SavedPipeline): void {
    this.freeze();
    this.end();
    this.start(saved);
  }

  /** Ends at once; returns the places that were not done. */
  end(): string[] {
    const { run } = this;
    this.run = null;
    const stuck = [...(run?.busy() ?? []), ...this.#onCrash.abandon()];
    run?.end("stop");
    return stuck;
  }

  #replace(crash: Crash): void {
    const old = this.run;
    this.run = null;
    old?.end("restart");
    const wait = this.#restarted(crash);
    if (wait === 0 || !this.#rest(wait)) this.start();
  }

  /** Has `onCrash` know of a crash, and takes note of the restart; returns how long to rest. */
  #restarted(crash: Crash): number {
    this.#onCrash.tell(crash);
    add(this.#options.counts, RESTARTS, 1);
    return this.#restarts.restarted(this.#thread.machine.elapsed());
  }

  #logFailure(message: string, failure: Failure): void {
    const { actor, value } = failure;
    const event = value instanceof Event ? value.toJSON() : value === null ? null : show(value);
    logCrash(this.#scope, message, failure, { stage: actor.place, event });
  }
}

/** The places of stages with a state that nothing was saved of. */
function unmatched({ rows }: Layout, { matched }: RestoredRun): string[] {
  return rows.filter(({ row, stage }) => stage.memory !== 0 && matched[row] === -1).map(({ name }) => name);
}
