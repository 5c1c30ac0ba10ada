import type { Clock } from "../core/clock.ts";
import type { EventOrList } from "../core/event-list.ts";
import { Queue } from "../core/queue.ts";
import type { Giver, TargetSettings } from "../core/target-port.ts";
import type { TargetCounts } from "./report.ts";
import type { GivenItem, Store, StoreCounts } from "./store.ts";
import type { TargetTrouble } from "./trouble.ts";

/** Who waits for room. */
interface Waiter extends StoreCounts {
  readonly resolve: () => void;
}

export interface TargetQueueOptions<T> {
  readonly store: Store<T>;
  readonly counts: TargetCounts;
  readonly trouble: TargetTrouble;
  readonly clock: Clock;
  /** Called when an item was taken. */
  taken(): void;
  /** Gives up the oldest item that is not being written; null when there is none. */
  dropOldest(): GivenItem<T> | null;
}

/** The entrance of a target: takes items into its store, drops some when there is no room, or lets their givers wait. */
export class TargetQueue<T> {
  onFull: TargetSettings["onFull"];
  readonly #options: TargetQueueOptions<T>;
  readonly #store: Store<T>;
  readonly #waiters = new Queue<Waiter>();
  /** What was promised to those who waited and is not held yet. */
  readonly #promised = { events: 0, bytes: 0 };

  constructor(onFull: TargetSettings["onFull"], options: TargetQueueOptions<T>) {
    this.onFull = onFull;
    this.#options = options;
    this.#store = options.store;
  }

  offer(giver: Giver<T>, item: T, events: number, bytes: number, value: EventOrList): Promise<void> | null {
    while (!this.#store.hasRoom(events, bytes, this.#promised)) {
      if (this.onFull === "wait") return this.#enter(giver, item, events, bytes, value);
      const oldest = this.onFull === "drop-oldest" ? this.#options.dropOldest() : null;
      if (oldest !== null) {
        this.#drop(oldest.giver, oldest.item);
        continue;
      }
      this.#count(giver);
      this.#drop(giver, item);
      giver.pass(value);
      return null;
    }
    this.#hold(giver, item, events, bytes);
    giver.pass(value);
    return null;
  }

  /** Room is promised to those who wait for some, first come, first served. */
  admit(): void {
    for (let next = this.#waiters.first; next !== undefined; next = this.#waiters.first) {
      if (!this.#store.hasRoom(next.events, next.bytes, this.#promised)) return;
      this.#waiters.shift();
      this.#promised.events += next.events;
      this.#promised.bytes += next.bytes;
      next.resolve();
    }
  }

  /**
   * The engine hears of the end of a wait between `before` and `after`, with nothing else in between: it counts the event
   * as handled, so that it has to be held; or the giver's run has ended before, and the event was lost with it.
   */
  #enter(giver: Giver<T>, item: T, events: number, bytes: number, value: EventOrList): Promise<void> {
    let isLost = true;
    const place = new Promise<void>((resolve) => this.#waiters.push({ events, bytes, resolve }));
    const passed = place.then(() => {
      if (!giver.isEnded) giver.pass(value);
    });
    const before = (): void => {
      isLost = giver.isEnded;
    };
    const after = (): void => {
      this.#promised.events -= events;
      this.#promised.bytes -= bytes;
      if (isLost) this.admit();
      else this.#hold(giver, item, events, bytes);
    };
    passed.then(before, before);
    queueMicrotask(() => passed.then(after, after));
    return passed;
  }

  #hold(giver: Giver<T>, item: T, events: number, bytes: number): void {
    this.#count(giver);
    this.#store.push(giver, item, events, bytes, this.#options.clock.elapsed());
    this.#options.taken();
  }

  #count(giver: Giver<T>): void {
    this.#options.counts.taken++;
    giver.taken(1);
  }

  #drop(giver: Giver<T>, item: T): void {
    giver.dropped([item], "overflow", "");
    this.#options.counts.dropped.overflow++;
    this.#options.trouble.overflowed([item], this.#store.settings.maxEvents);
  }
}
