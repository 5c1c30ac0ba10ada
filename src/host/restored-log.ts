import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { RestoredPipeline } from "../runtime/kept-state.ts";

/** Parts of pipelines go on in every worker, at about the same time: what does within this is told of together. */
const TOGETHER_SECONDS = 1;
/** More are only counted. */
const MAX_NAMES = 10;

/** Says which pipelines go on with their state of before, once for all workers. */
export class RestoredLog {
  readonly #clock: Clock;
  readonly #log: Log;
  /** Since the last line. */
  #all: RestoredPipeline[] = [];
  #cancel: Cancel = () => {};

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  add(restored: readonly RestoredPipeline[]): void {
    if (restored.length === 0) return;
    if (this.#all.length === 0) this.#cancel = this.#clock.after(TOGETHER_SECONDS, () => this.say());
    this.#all.push(...restored);
  }

  /** Says it now. */
  say(): void {
    this.#cancel();
    if (this.#all.length === 0) return;
    const names = [...new Set(this.#all.map(({ pipeline }) => pipeline))];
    const more = names.length - MAX_NAMES;
    this.#log.info("pipelines go on with their state of before", {
      pipelines: names.slice(0, MAX_NAMES),
      ...(more > 0 && { more }),
      saved_seconds_ago: Math.max(...this.#all.map(({ secondsAgo }) => secondsAgo)),
    });
    this.#all = [];
  }
}
