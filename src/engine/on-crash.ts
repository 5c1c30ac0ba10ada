import type { Event } from "../core/event.ts";
import { coerceError } from "../errors.ts";
import type { Run } from "./run.ts";
import type { BranchOwner } from "./run-scope.ts";

interface OnCrashOptions {
  /** Starts the stages, as turns of `owner`. */
  start(owner: OnCrash): Run;
  /** Logs a throw of these stages themselves. */
  report(message: string, stage: BranchOwner | null, error: Error): void;
}

/**
 * The stages of `onCrash`: a run of their own beside the one that crashes, so they keep their state. When one of them
 * throws, this run ends, and it restarts with the next crash.
 */
export class OnCrash {
  readonly #options: OnCrashOptions;
  #run: Run | null = null;

  constructor(options: OnCrashOptions) {
    this.#options = options;
  }

  /** Starts the stages, unless they run. */
  start(): void {
    try {
      this.#run ??= this.#options.start(this);
    } catch (thrown) {
      this.#options.report("onCrash did not start", null, coerceError(thrown));
    }
  }

  tell(crash: Event): void {
    this.start();
    this.#run?.feed([crash], 0, () => false);
    this.settled();
  }

  /** After a turn of its run: that may have failed. */
  settled(): void {
    const run = this.#run;
    if (run === null || run.failure === null) return;
    const { actor, error } = run.failure;
    this.#end("stage of onCrash threw", actor, error, () => run.flushBelow(actor));
  }

  /** Code that it started threw outside of any stage. */
  crashed(error: Error): void {
    this.#end("onCrash threw outside a stage", null, error);
  }

  /** Emits what it holds, then ends. */
  async stop(): Promise<void> {
    await this.#run?.flush();
    this.settled();
    this.abandon();
  }

  /** Ends at once; returns the places that were not done. */
  abandon(): string[] {
    const run = this.#run;
    this.#run = null;
    const stuck = run?.busy() ?? [];
    run?.end("stop");
    return stuck;
  }

  #end(message: string, stage: BranchOwner | null, error: Error, finish = (): void => {}): void {
    const run = this.#run;
    this.#run = null; // what happens while it ends is no failure of the next one
    this.#options.report(message, stage, error);
    finish();
    run?.end("restart");
  }
}
