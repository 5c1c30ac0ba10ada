import type { Share, TargetScope, TargetSettings, Verdict } from "../core/target-port.ts";
import type { HandedItems, TransitCounts } from "./handover.ts";
import { HandoverSink } from "./handover-sink.ts";
import { Target } from "./target.ts";

/** So many items of a turn go at once, each for itself: what is not handed over ends with a thread that is stopped. */
const SINGLE_ITEMS = 32;
/** Further items of a turn go in such numbers. */
const GROUP_ITEMS = 64;

/** What waits in a worker for a target whose writer lives in another thread. */
export class Transit {
  /** A write of it is over when there was room for the items there. */
  readonly queue: Target<unknown>;
  /** How many sinks there are, by how they have the target written to. */
  readonly users = new Map<string, number>();
  /** Items of this turn. */
  #taken = 0;
  #isEnding = false;
  readonly #send: (shares: readonly HandedItems[]) => Promise<void>;

  /** @param send - Hands items over; resolves when there was room for them. */
  constructor(
    label: string,
    settings: TargetSettings,
    scope: TargetScope,
    send: (shares: readonly HandedItems[]) => Promise<void>,
  ) {
    this.#send = send;
    const write = (items: readonly unknown[], _: AbortSignal, shares: readonly Share<unknown>[]): Promise<void> =>
      this.#write(items, shares);
    // An item that cannot be cloned is all that can go wrong: it is found which one.
    const judge = (): Verdict => "refused";
    this.queue = new Target({ id: label, label, settings }, { write, judge }, scope, () => this.#isUrgent());
  }

  get counts(): TransitCounts {
    const { target, taken, dropped } = this.queue.report;
    return { target, taken, dropped };
  }

  /** The thread ends: what waits is on its way before this returns. */
  end(): void {
    this.#isEnding = true;
    void this.queue.flush();
  }

  #isUrgent(): boolean {
    if (this.#isEnding) return true;
    if (this.#taken++ === 0)
      queueMicrotask(() => {
        this.#taken = 0;
      });
    return this.#taken <= SINGLE_ITEMS || this.#taken % GROUP_ITEMS === 0;
  }

  #write(items: readonly unknown[], shares: readonly Share<unknown>[]): Promise<void> {
    const handed: HandedItems[] = [];
    let from = 0;
    for (const { giver, count, events } of shares) {
      if (giver instanceof HandoverSink) handed.push(giver.asHanded(items.slice(from, from + count), events));
      from += count;
    }
    const admitted = this.#send(handed);
    for (const { giver, count } of shares) if (giver instanceof HandoverSink) giver.handedOver(count);
    return admitted;
  }
}
