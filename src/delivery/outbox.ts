import type { Cancel } from "../core/clock.ts";
import type { Context, Forgetful } from "../core/stage.ts";
import type { Episode } from "../core/trouble-episode.ts";
import { coerceError } from "../errors.ts";
import type { Capacity } from "./capacity.ts";

/** What a failed write means: try again later, turned down by the back end, or gone wrong. */
export type Verdict = "retry" | "refused" | "failed";

/** A sink's back end. */
export interface SinkWriter<Item> {
  /** Sends a batch, oldest first; resolves when the back end has it. Never called while a write is under way. */
  readonly write: (batch: readonly Item[]) => PromiseLike<unknown>;
  /** Says whether a batch whose write rejected is worth another try. @default `"failed"`: the batch is dropped */
  judge?(error: Error): Verdict;
  /** Frees what the writer took: connections, files. A write may still be under way. */
  close?(): void;
}

export interface OutboxSettings {
  readonly batch: number;
  readonly onFull: "drop" | "wait";
  readonly tries: number;
  readonly backoff: number;
  readonly maxBackoff: number;
}

/** What the copies of one sink have in common. */
export interface Shared {
  readonly room: Capacity;
  readonly episode: Episode;
}

/**
 * The bounded buffer between a pipeline and a slow back end: one write under way, the next batch grows meanwhile.
 *
 * idle: holds nothing. sending: a batch is being written, or waits for its next try. Either may be stopped: then each
 * batch is tried once more, and the writer closed.
 */
export class Outbox<Item> implements Forgetful {
  readonly #context: Context<never>;
  // The context makes one each time it is asked.
  readonly #pending: Context["pending"];
  readonly #writer: SinkWriter<Item>;
  readonly #settings: OutboxSettings;
  readonly #shared: Shared;
  readonly #held: Context["held"];
  readonly #weigh: (item: Item) => number;
  readonly #entered: (item: Item) => void;
  #waiting: Item[] = [];
  #sending: Promise<void> | null = null;
  #wake: Cancel | null = null;
  #isStopped = false;

  /**
   * @param weigh - About how many bytes an item takes.
   * @param entered - Gets an item that waited for room, when it is taken.
   */
  constructor(
    context: Context<never>,
    writer: SinkWriter<Item>,
    settings: OutboxSettings,
    shared: Shared,
    weigh: (item: Item) => number,
    entered: (item: Item) => void = () => {},
  ) {
    this.#context = context;
    this.#held = context.held;
    this.#weigh = weigh;
    // Who waits for room is never dropped.
    if (settings.onFull === "drop") context.forgets(this);
    this.#entered = entered;
    this.#pending = context.pending;
    this.#writer = writer;
    this.#settings = settings;
    this.#shared = shared;
    shared.episode.join();
  }

  /** Takes an item, or counts it as dropped: `undefined`. A promise when its giver is to wait until there is room for it. */
  add(item: Item): Promise<void> | undefined {
    const { room, episode } = this.#shared;
    if (this.#settings.onFull === "drop" && room.isFull) {
      this.#pending(1);
      this.#context.dropped(1, "overflow");
      episode.trouble(this.#context, 1, "the back end is too slow: the newest events are dropped");
      return undefined;
    }
    const place = room.take(this.#weigh(item));
    if (place === null) {
      this.#hold(item);
      return undefined;
    }
    // It is held, and its giver counts it as handled: reactions of one promise, so nothing comes in between.
    this.#context.background(place.then(() => this.#enter(item)));
    return place;
  }

  /** Takes an item that has got a place, unless the run has ended meanwhile, which has counted it as lost. */
  #enter(item: Item): void {
    if (this.#isStopped) return this.#shared.room.release(1, this.#weigh(item));
    this.#hold(item);
    this.#entered(item);
  }

  #hold(item: Item): void {
    this.#pending(1);
    this.#waiting.push(item);
    this.#held(this.#weigh(item));
    if (this.#sending !== null) return;
    this.#sending = this.#sendAll();
    this.#context.background(this.#sending);
  }

  /** Drops the item that has waited longest. */
  evict(): boolean {
    const item = this.#waiting.shift();
    if (item === undefined) return false;
    this.#context.dropped(1, "overflow");
    this.#shared.episode.trouble(this.#context, 1, "the back end is too slow: the oldest events are dropped");
    this.#release([item]);
    return true;
  }

  /** Resolves when everything taken is delivered or dropped. */
  flush(): Promise<void> | undefined {
    return this.#sending ?? undefined;
  }

  /**
   * The run has ended: what is held is tried once more, then the writer is closed. So a restart loses nothing that the
   * back end would have taken. The ledger goes on counting: at the end of the process it shows what is still pending.
   */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#shared.episode.leave(this.#context);
    this.#wake?.();
    if (this.#sending === null) this.#writer.close?.();
  }

  async #sendAll(): Promise<void> {
    await undefined; // what else comes in this turn belongs to the first batch
    while (this.#waiting.length > 0) await this.#send(this.#waiting.splice(0, this.#settings.batch));
    this.#sending = null;
    if (this.#isStopped) this.#writer.close?.();
  }

  async #send(batch: readonly Item[]): Promise<void> {
    const { tries, backoff, maxBackoff } = this.#settings;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= tries || this.#isStopped; // timers have ended with the run
      const error = await this.#attempt(batch);
      if (error === null) return this.#delivered(batch);
      const verdict = this.#judge(error);
      if (verdict !== "retry") return this.#drop(batch, verdict, error);
      if (isLast) return this.#drop(batch, "failed", error);
      this.#shared.episode.trouble(this.#context, 0, "the back end does not answer: trying again", say(error));
      if (!this.#isStopped) await this.#pause(Math.min(backoff * 2 ** (attempt - 1), maxBackoff));
    }
  }

  #pause(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.clock.after(seconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  async #attempt(batch: readonly Item[]): Promise<Error | null> {
    try {
      await this.#writer.write(batch);
      return null;
    } catch (thrown) {
      return coerceError(thrown);
    }
  }

  #judge(error: Error): Verdict {
    try {
      return this.#writer.judge?.(error) ?? "failed";
    } catch (thrown) {
      this.#context.background(Promise.reject(thrown)); // a throw of the stage, like any other
      return "failed";
    }
  }

  #delivered(batch: readonly Item[]): void {
    this.#context.delivered(batch.length);
    this.#shared.episode.success(this.#context);
    this.#release(batch);
  }

  #drop(batch: readonly Item[], reason: "refused" | "failed", error: Error): void {
    this.#context.dropped(batch.length, reason);
    this.#shared.episode.trouble(this.#context, batch.length, "the back end did not take the events", say(error));
    this.#release(batch);
  }

  #release(batch: readonly Item[]): void {
    const bytes = batch.reduce((sum, item) => sum + this.#weigh(item), 0);
    this.#held(-bytes);
    this.#shared.room.release(batch.length, bytes);
  }
}

function say(error: Error): Record<string, unknown> {
  return { error: error.message };
}
