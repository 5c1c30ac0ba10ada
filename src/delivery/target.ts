import type { Clock } from "../core/clock.ts";
import type { EventOrList } from "../core/event-list.ts";
import type { Giver, TargetIdentity, TargetScope, TargetSettings, TargetWriter } from "../core/target-port.ts";
import type { GivenItems, Lease } from "./batch.ts";
import { openStore, SPILL_FILES, type SpillFiles } from "./open-store.ts";
import { ReplaceableStore } from "./replaceable-store.ts";
import { newTargetCounts, reportOf, type TargetCounts, type ThreadTargetReport } from "./report.ts";
import { Sender } from "./sender.ts";
import type { GivenItem, Store } from "./store.ts";
import { TargetQueue } from "./target-queue.ts";
import { NOTHING_TO_SEND, TargetTrouble } from "./trouble.ts";

/** One target: its entrance, its store, and the one who sends from it. It outlives the pipelines that feed it. */
export class Target<T> {
  readonly name: string;
  readonly counts: TargetCounts = newTargetCounts();
  readonly #writer: TargetWriter<T>;
  readonly #store: ReplaceableStore<T>;
  readonly #open: (settings: TargetSettings) => Store<T>;
  #isSpilling: boolean;
  readonly #queue: TargetQueue<T>;
  readonly #sender: Sender<T>;
  readonly #trouble: TargetTrouble;
  readonly #clock: Clock;

  /**
   * @param isUrgent - Whether what was just taken is to be sent before anything else happens.
   * @throws FastTsError `FTS_STAGE_OPTION` when it is to spill and nothing says where.
   */
  constructor(
    identity: TargetIdentity,
    writer: TargetWriter<T>,
    scope: TargetScope,
    isUrgent = (): boolean => false,
    files: SpillFiles = SPILL_FILES,
  ) {
    const { label, settings } = identity;
    this.name = label;
    this.#writer = writer;
    this.#clock = scope.clock;
    const { counts } = this;
    const trouble = new TargetTrouble(label, scope, () => store.heldItems);
    this.#trouble = trouble;
    const changed = (): void => {
      this.#queue.admit();
      this.#sender.plan();
    };
    const dropRetries = (isMeant: (lease: Lease) => boolean): GivenItems<T>[] => this.#sender.dropRetries(isMeant);
    const owner = { counts, trouble, changed, dropRetries };
    this.#open = (wanted) => openStore<T>({ ...identity, settings: wanted }, scope, owner, files);
    const store = new ReplaceableStore(this.#open(settings));
    this.#store = store;
    this.#isSpilling = settings.spill !== null;
    const freed = (): void => this.#queue.admit();
    this.#sender = new Sender(settings, { store, writer, counts, trouble, scope, freed, isUrgent });
    const taken = (): void => this.#sender.plan();
    const dropOldest = (): GivenItem<T> | null => this.#sender.dropOldest() ?? store.dropOldest();
    this.#queue = new TargetQueue(settings.onFull, { store, counts, trouble, clock: scope.clock, taken, dropOldest });
  }

  get report(): ThreadTargetReport {
    const circuit = this.#sender.isCircuitOpen ? "open" : "closed";
    const { heldItems, spilledItems } = this.#store;
    const born = this.#sender.oldest ?? this.#store.born;
    const oldest = born === null ? null : this.#clock.now() - (this.#clock.elapsed() - born);
    const now = { pending: heldItems - spilledItems, spilled: spilledItems, oldest, circuit } as const;
    return reportOf(this.counts, { target: this.name, ...now });
  }

  /** See {@link Store.isSafe}. */
  isSafe(until: number): boolean {
    return this.#store.isSafe(until);
  }

  /** Other options for the same queue. */
  set settings(settings: TargetSettings) {
    if (settings.spill !== null && !this.#isSpilling) {
      this.#store.replace(this.#open(settings));
      this.#isSpilling = true;
    }
    this.#store.settings = settings;
    this.#queue.onFull = settings.onFull;
    this.#sender.settings = settings;
  }

  offer(giver: Giver<T>, item: T, events: number, bytes: number, value: EventOrList): Promise<void> | null {
    return this.#queue.offer(giver, item, events, bytes, value);
  }

  /** Gives up, and passes on, a value of which nothing can be made that could be sent. */
  refuse(giver: Giver<unknown>, value: EventOrList, why: string): void {
    this.counts.taken++;
    giver.taken(1);
    giver.dropped([value], "refused", why);
    this.counts.dropped.refused++;
    this.#trouble.gaveUp([value], `refused: ${why}`);
    this.#trouble.dropped(1, NOTHING_TO_SEND, undefined, { error: why });
    giver.pass(value);
  }

  /** Sends what waits without waiting for full batches; resolves when nothing is held any more. */
  flush(): Promise<void> {
    return this.#sender.flush();
  }

  /** As `flush`, at a stop: a target that fails is not waited for when what it holds outlives the process. */
  finish(): Promise<void> {
    return this.#sender.finish();
  }

  /** Frees the writer. What is still held is spilled, or stays counted as pending. */
  async close(): Promise<void> {
    this.#sender.close();
    this.#trouble.close();
    this.#writer.close?.();
    await this.#store.close();
  }
}
