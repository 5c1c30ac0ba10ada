import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { Episode } from "../core/trouble-episode.ts";
import type { HoldingsOwner } from "./holdings.ts";

/** Beyond the budget so much more is given up than must be, for what comes next: 1 MiB, of a small budget a sixteenth. */
const MAX_SLACK_BYTES = 1024 * 1024;
const SLACK_SHARE = 1 / 16;
/** Who holds less than this share makes no room for one that cannot give anything up. */
const SMALL_SHARE = 1 / 16;
/** What is given up may be held again further down: a holder whose state does not shrink is asked this often. */
const MAX_TRIES = 100;
const LOOK_AGAIN_SECONDS = 10;
/** What is given up in one turn; the rest follows in later ones. */
const EVICTIONS_PER_TURN = 64;
const FORGETS = "state takes more bytes than it may: the heaviest pipelines forget what has been idle longest";

/** Holds a part of a worker's state: a run of a pipeline, the index. */
export interface StateHolder {
  /** For the log. */
  readonly holderName: string;
  readonly bytes: number;
  /** Gives up what has been idle longest; false when there is nothing that it can give up. */
  evict(): boolean;
}

/** A stage that can forget something. */
export interface KeyHolder extends StateHolder {
  /** How many keys it holds, and the stages inside it. */
  readonly keys: number;
}

interface StateBudgetOptions {
  /** Maximum of all holders together. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Runs `work` in a later turn, with no stage on the stack. */
  later(work: () => void): void;
}

/**
 * Bounds the state of a worker in bytes: keys, held events, the index. Once it takes more, pipelines take no events until
 * the heaviest holder has given up enough of its own, the longest idle first.
 */
export class StateBudget implements HoldingsOwner {
  readonly maxBytes: number;
  bytes = 0;
  /** No more is to be taken until enough has been given up, which is planned. */
  isOver = false;
  readonly #options: StateBudgetOptions;
  readonly #slack: number;
  readonly #holders = new Set<StateHolder>();
  readonly #tooMuch = new Episode();
  /** As many bytes may be held before anyone is asked to give up: more than the maximum when nobody can. */
  #limit: number;

  /**
   * Less than an eighth of the maximum is held. An event whose rest is unread may hold on to some 500 bytes that are not
   * its own: then all together stay below the maximum.
   */
  get hasPlenty(): boolean {
    return this.bytes < this.maxBytes / 8;
  }

  constructor(options: StateBudgetOptions) {
    this.#options = options;
    this.maxBytes = options.maxBytes;
    this.#slack = Math.min(MAX_SLACK_BYTES, options.maxBytes * SLACK_SHARE);
    this.#limit = options.maxBytes;
  }

  join(holder: StateHolder): void {
    this.#holders.add(holder);
  }

  leave(holder: StateHolder): void {
    this.#holders.delete(holder);
  }

  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < this.maxBytes) this.#limit = this.maxBytes;
    if (this.bytes <= this.#limit || this.isOver) return;
    this.isOver = true;
    this.#options.later(() => this.#relieve());
  }

  #relieve(tries = new Map<StateHolder, number>()): void {
    for (let left = EVICTIONS_PER_TURN; this.bytes > this.maxBytes - this.#slack; left--) {
      if (left === 0) return this.#options.later(() => this.#relieve(tries));
      const holder = this.#heaviest(tries);
      if (holder === null || (tries.size > 0 && holder.bytes < this.maxBytes * SMALL_SHARE)) break;
      const before = this.bytes;
      if (!holder.evict()) {
        tries.set(holder, MAX_TRIES);
        continue;
      }
      this.#tell(FORGETS, { heaviest: holder.holderName });
      if (this.bytes >= before) tries.set(holder, (tries.get(holder) ?? 0) + 1);
    }
    if (this.bytes > this.maxBytes) {
      this.#tell("state takes more bytes than it may, and nothing of it can be forgotten", {});
      this.#limit = this.bytes + this.#slack;
    }
    this.isOver = false;
  }

  /** The one that holds the most, of those that can give something up. */
  #heaviest(tries: ReadonlyMap<StateHolder, number>): StateHolder | null {
    let heaviest: StateHolder | null = null;
    for (const holder of this.#holders)
      if (holder.bytes > (heaviest?.bytes ?? 0) && (tries.get(holder) ?? 0) < MAX_TRIES) heaviest = holder;
    return heaviest;
  }

  #tell(message: string, fields: Record<string, unknown>): void {
    if (!this.#tooMuch.isOpen) this.#lookAgain();
    this.#tooMuch.trouble(this.#options, 1, message, { ...fields, max_state_bytes: this.maxBytes });
  }

  /** Tells when the trouble is over. */
  #lookAgain(): void {
    this.#options.clock.after(LOOK_AGAIN_SECONDS, () => {
      this.#tooMuch.success(this.#options);
      if (this.#tooMuch.isOpen) this.#lookAgain();
    });
  }
}
