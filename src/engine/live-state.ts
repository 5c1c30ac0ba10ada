import type { Cancel } from "../core/clock.ts";
import { SHED, setState } from "./ledger.ts";
import type { PipelineState } from "./report.ts";
import type { Thread } from "./thread.ts";

/**
 * What a pipeline is doing, as the ledger and the log show it.
 *
 * running → stalled (inbox full for too long, by its own doing) → running (inbox half empty)
 * running → failed (more than 3 restarts in 5 s) → running (after 30 s, doubling to 10 min)
 * any → stopped (removed by a reload, or the daemon stops)
 */
export class LiveState {
  readonly #thread: Thread;
  readonly #pipeline: string;
  readonly #counts: Float64Array;
  #now: PipelineState = "running";
  #cancelRetry: Cancel = () => {};
  #shedAtStall = 0;

  constructor(thread: Thread, pipeline: string, counts: Float64Array) {
    this.#thread = thread;
    this.#pipeline = pipeline;
    this.#counts = counts;
  }

  get now(): PipelineState {
    return this.#now;
  }

  /** @param stages - Those that wait. */
  stalled(stages: readonly string[], inbox: number): void {
    this.#set("stalled");
    this.#shedAtStall = this.#counts[SHED] ?? 0;
    const description = `inbox full, ${stages.join(", ") || "a stage"} waits: newest events are shed until it is half empty`;
    this.#thread.log.warn("pipeline stalled", { pipeline: this.#pipeline, stages, inbox });
    this.#thread.overloaded(this.#pipeline, description);
  }

  recovered(): void {
    const shed = (this.#counts[SHED] ?? 0) - this.#shedAtStall;
    this.#set("running");
    this.#thread.log.info("pipeline recovered", { pipeline: this.#pipeline, shed });
  }

  /** Calls `again` after `seconds`. */
  failed(seconds: number, again: () => void): void {
    const { log, machine } = this.#thread;
    this.#set("failed");
    log.error("pipeline failed: it restarted too often, its events are shed until it is tried again", {
      pipeline: this.#pipeline,
      retry_in_seconds: seconds,
    });
    this.#cancelRetry = machine.after(seconds, () => {
      log.info("failed pipeline is tried again", { pipeline: this.#pipeline });
      this.#set("running");
      again();
    });
  }

  stopped(): void {
    this.#set("stopped");
    this.#cancelRetry();
  }

  #set(state: PipelineState): void {
    this.#now = state;
    setState(this.#counts, state);
  }
}
