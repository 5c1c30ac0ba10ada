import type { Cancel, Clock } from "../core/clock.ts";
import { KeyedLog, type KeyedLogOptions } from "./keyed-log.ts";

/** Changes are written together. */
const SAVE_SECONDS = 0.5;
const RETRY_SECONDS = 5;

export interface KeyedStoreOptions extends KeyedLogOptions {
  readonly clock: Pick<Clock, "after">;
  /** The disk fails, told once; null: it works again. */
  onError(error: unknown): void;
}

/** A map of texts to bytes that is on disk within a second: while that fails, in memory alone. */
export class KeyedStore {
  readonly #options: KeyedStoreOptions;
  readonly #log: KeyedLog;
  #cancel: Cancel | null = null;
  #saving: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isClosed = false;

  private constructor(options: KeyedStoreOptions, log: KeyedLog) {
    this.#options = options;
    this.#log = log;
  }

  /** Rejects when the disk does not allow it. */
  static async open(options: KeyedStoreOptions): Promise<KeyedStore> {
    return new KeyedStore(options, await KeyedLog.open(options));
  }

  get values(): ReadonlyMap<string, Buffer> {
    return this.#log.values;
  }

  /** @param value - `null` deletes the key. */
  set(key: string, value: Buffer | null): void {
    this.#log.set(key, value);
    this.#plan();
  }

  /** Saves what is not on disk yet. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancel?.();
    await this.#saving;
    if (!this.#log.isSaved) await this.#save();
    await this.#log.close().catch(() => {});
  }

  #plan(): void {
    if (this.#cancel !== null || this.#isClosed) return;
    this.#cancel = this.#options.clock.after(this.#isFailing ? RETRY_SECONDS : SAVE_SECONDS, () => {
      this.#saving = this.#save().then(() => {
        this.#cancel = null;
        if (!this.#log.isSaved) this.#plan();
      });
    });
  }

  async #save(): Promise<void> {
    try {
      await this.#log.save();
      if (this.#isFailing) this.#options.onError(null);
      this.#isFailing = false;
    } catch (thrown) {
      if (!this.#isFailing) this.#options.onError(thrown);
      this.#isFailing = true;
    }
  }
}
