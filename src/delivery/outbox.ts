import type { Cancel } from "../core/clock.ts";
import { Queue } from "../core/queue.ts";
import type { Context, DropReason } from "../core/stage.ts";
import type { Episode } from "../core/trouble-episode.ts";
import { coerceError } from "../errors.ts";
import type { Batch, BatchForm } from "./batch-form.ts";
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
export class Outbox<Value, Item> {
  readonly #context: Context<never>;
  // The context makes one each time it is asked.
  readonly #pending: Context["pending"];
  readonly #writer: SinkWriter<Item>;
  readonly #form: BatchForm<Value, Item>;
  readonly #settings: OutboxSettings;
  readonly #shared: Shared;
  readonly #entered: (value: Value) => void;
  readonly #waiting = new Queue<Value>();
  #sending: Promise<void> | null = null;
  /** Why a part of the value that stands in front was dropped. */
  #torn: DropReason | null = null;
  #wake: Cancel | null = null;
  #isStopped = false;

  /** @param entered - Gets a value that waited for room, when it is taken. */
  constructor(
    context: Context<never>,
    writer: SinkWriter<Item>,
    form: BatchForm<Value, Item>,
    settings: OutboxSettings,
    shared: Shared,
    entered: (value: Value) => void = () => {},
  ) {
    this.#context = context;
    this.#pending = context.pending;
    this.#writer = writer;
    this.#form = form;
    this.#settings = settings;
    this.#shared = shared;
    this.#entered = entered;
    shared.episode.join();
  }

  /** Takes a value, or counts it as dropped: `undefined`. A promise when its giver is to wait until there is room for it. */
  add(value: Value): Promise<void> | undefined {
    const { room, episode } = this.#shared;
    const size = this.#form.sizeOf(value);
    if (this.#settings.onFull === "drop" && room.isFull) {
      this.#pending(1);
      this.#context.dropped(1, "overflow");
      episode.trouble(this.#context, size, "the back end is too slow: the newest events are dropped");
      return undefined;
    }
    const place = room.take(size);
    if (place === null) {
      this.#hold(value);
      return undefined;
    }
    // It is held, and its giver counts it as handled: reactions of one promise, so nothing comes in between.
    this.#context.background(place.then(() => this.#enter(value, size)));
    return place;
  }

  /** Takes a value that has got its places, unless the run has ended meanwhile, which has counted it as lost. */
  #enter(value: Value, size: number): void {
    if (this.#isStopped) return this.#shared.room.release(size);
    this.#hold(value);
    this.#entered(value);
  }

  #hold(value: Value): void {
    this.#pending(1);
    this.#waiting.push(value);
    if (this.#sending !== null) return;
    this.#sending = this.#sendAll();
    this.#context.background(this.#sending);
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
    while (this.#waiting.length > 0) await this.#send(this.#form.next(this.#waiting, this.#settings.batch));
    this.#sending = null;
    if (this.#isStopped) this.#writer.close?.();
  }

  async #send(batch: Batch<Item>): Promise<void> {
    const { tries, backoff, maxBackoff } = this.#settings;
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= tries || this.#isStopped; // timers have ended with the run
      const error = await this.#attempt(batch.items);
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

  #delivered(batch: Batch<Item>): void {
    this.#count(batch, null);
    this.#shared.episode.success(this.#context);
    this.#shared.room.release(batch.places);
  }

  #drop(batch: Batch<Item>, reason: "refused" | "failed", error: Error): void {
    this.#count(batch, reason);
    this.#shared.episode.trouble(this.#context, batch.items.length, "the back end did not take the events", say(error));
    this.#shared.room.release(batch.places);
  }

  /** A list in several batches is counted with the last of them: as dropped when one of them was. */
  #count({ ended, isCut }: Batch<Item>, reason: DropReason | null): void {
    let rest = ended;
    if (this.#torn !== null && ended > 0) {
      this.#context.dropped(1, this.#torn);
      this.#torn = null;
      rest--;
    }
    if (reason === null) this.#context.delivered(rest);
    else this.#context.dropped(rest, reason);
    if (isCut) this.#torn ??= reason;
  }
}

function say(error: Error): Record<string, unknown> {
  return { error: error.message };
}

/** An empty list is delivered. */
export function nothingToSend(context: Context<never>): undefined {
  context.pending(1);
  context.delivered(1);
}
