import type { EventOrList } from "../core/event.ts";
import type { Giver, TargetScope, TargetSettings, TargetWriter } from "../core/target-port.ts";
import { MemoryStore } from "./memory-store.ts";
import { newTargetCounts, reportOf, type TargetCounts, type TargetReport } from "./report.ts";
import { Sender } from "./sender.ts";
import type { Store } from "./store.ts";
import { TargetQueue } from "./target-queue.ts";
import { TargetTrouble } from "./trouble.ts";

/** One target: its entrance, its store, and the one who sends from it. It outlives the pipelines that feed it. */
export class Target<T> {
  readonly name: string;
  readonly counts: TargetCounts = newTargetCounts();
  readonly #writer: TargetWriter<T>;
  readonly #store: Store<T>;
  readonly #queue: TargetQueue<T>;
  readonly #sender: Sender<T>;
  readonly #trouble: TargetTrouble;

  /** @param isUrgent - Whether what was just taken is to be sent before anything else happens. */
  constructor(
    name: string,
    writer: TargetWriter<T>,
    settings: TargetSettings,
    scope: TargetScope,
    isUrgent = (): boolean => false,
  ) {
    this.name = name;
    this.#writer = writer;
    const store = new MemoryStore<T>(settings);
    this.#store = store;
    const { counts } = this;
    const trouble = new TargetTrouble(name, scope, () => store.heldItems);
    this.#trouble = trouble;
    const freed = (): void => this.#queue.admit();
    this.#sender = new Sender(settings, { store, writer, counts, trouble, scope, freed, isUrgent });
    const taken = (): void => this.#sender.plan();
    this.#queue = new TargetQueue(settings.onFull, { store, counts, trouble, clock: scope.clock, taken });
  }

  get report(): TargetReport {
    const circuit = this.#sender.isCircuitOpen ? "open" : "closed";
    const oldest = this.#sender.oldest ?? this.#store.born;
    return reportOf(this.counts, { target: this.name, pending: this.#store.heldItems, oldest, circuit });
  }

  /** Other options for the same queue. */
  set settings(settings: TargetSettings) {
    this.#store.limits = settings;
    this.#queue.onFull = settings.onFull;
    this.#sender.settings = settings;
  }

  offer(giver: Giver<T>, item: T, events: number, bytes: number, value: EventOrList): Promise<void> | null {
    return this.#queue.offer(giver, item, events, bytes, value);
  }

  /** Sends what waits without waiting for full batches; resolves when nothing is held any more. */
  flush(): Promise<void> {
    return this.#sender.flush();
  }

  /** Frees the writer. What is still held stays counted as pending. */
  close(): void {
    this.#sender.close();
    this.#trouble.close();
    this.#writer.close?.();
  }
}
