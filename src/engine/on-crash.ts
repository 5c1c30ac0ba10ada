import type { Cut, Plain } from "../core/state.ts";
import { coerceError } from "../errors.ts";
import { crashEvent, logCrash } from "./crash.ts";
import type { RestoredChain } from "./restored-stage.ts";
import { Run } from "./run.ts";
import type { BranchOwner, Crash, RunOptions } from "./run-scope.ts";
import type { Owner, Thread } from "./thread.ts";

/**
 * The stages of `onCrash`: a run of their own beside the one that crashes, so they keep their state. When one of them
 * throws, this run ends, and it restarts with the next crash.
 */
export class OnCrash implements Owner {
  readonly #thread: Thread;
  readonly #options: RunOptions;
  #run: Run | null = null;

  constructor(thread: Thread, of: Pick<RunOptions, "pipeline" | "places" | "counts" | "forgetful">) {
    this.#thread = thread;
    this.#options = { ...of, isSubscriber: false, output: () => {}, settled: () => this.#settled() };
  }

  /** Starts the stages, if there are any, unless they run. */
  start(saved: RestoredChain | null = null): void {
    if (this.#options.places.length === 0) return;
    try {
      this.#run ??= new Run(this.#thread, this, this.#options, saved);
    } catch (thrown) {
      this.#log("onCrash did not start", null, coerceError(thrown));
    }
  }

  /** See {@link Run.save}; `null` also while nothing runs. */
  save(cut: Cut | null): Plain {
    return this.#run?.save(cut) ?? null;
  }

  tell(crash: Crash): void {
    this.start();
    this.#run?.feed([crashEvent(this.#run.scope, crash)], 0, () => false);
    this.#settled();
  }

  /** Code that it started threw outside of any stage. */
  crashed(error: Error): void {
    this.#end("onCrash threw outside a stage", null, error);
  }

  /** See {@link Run.flush}. */
  async flush(isKept: boolean): Promise<void> {
    await this.#run?.flush(isKept);
    this.#settled();
  }

  freeze(): void {
    this.#run?.freeze();
  }

  /** Ends at once; returns the places that were not done. */
  abandon(): string[] {
    const run = this.#run;
    this.#run = null;
    const stuck = run?.busy() ?? [];
    run?.end("stop");
    return stuck;
  }

  /** After a turn of its run: that may have failed. */
  #settled(): void {
    const { failure } = this.#run ?? { failure: null };
    if (failure !== null) this.#end("stage of onCrash threw", failure.actor, failure.error);
  }

  #end(message: string, actor: BranchOwner | null, error: Error): void {
    const run = this.#run;
    this.#run = null; // what happens while it ends is no failure of the next one
    this.#log(message, actor, error);
    if (actor !== null) run?.flushBelow(actor);
    run?.end("restart");
  }

  #log(message: string, actor: BranchOwner | null, error: Error): void {
    const scope = { thread: this.#thread, pipeline: this.#options.pipeline };
    logCrash(scope, message, { actor, error }, { stage: actor?.place ?? null });
  }
}
