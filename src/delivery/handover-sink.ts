import { copyOf } from "../core/event-copy.ts";
import type { EventOrList } from "../core/event-list.ts";
import type { DropReason } from "../core/stage.ts";
import type { Giver, SinkBooks } from "../core/target-port.ts";
import type { HandedItems } from "./handover.ts";
import { Letter } from "./rendered.ts";

/** A sink whose items go to the thread of their target's writer: they count as handed over once they are on their way. */
export class HandoverSink implements Giver<unknown> {
  readonly number: number;
  readonly books: SinkBooks;
  readonly #ended: () => void;
  #waiting = 0;
  #isKnown = false;
  #isReleased = false;

  /** @param ended - Called when the sink has ended and none of its items waits here any more. */
  constructor(number: number, books: SinkBooks, ended: () => void) {
    this.number = number;
    this.books = books;
    this.#ended = ended;
  }

  get isEnded(): boolean {
    return this.books.isEnded;
  }

  pass(value: EventOrList): void {
    this.books.pass(value);
  }

  taken(count: number): void {
    this.#waiting += count;
    this.books.taken(count);
  }

  /** There was room for them: what becomes of them is counted there. */
  delivered(): void {}

  dropped(items: readonly unknown[], reason: DropReason, answer: string): void {
    this.books.dropped(items, reason, answer);
    this.#gone(items.length);
  }

  /** They are on their way. */
  handedOver(count: number): void {
    this.#isKnown = true;
    this.books.handedOver(count);
    this.#gone(count);
  }

  lost(count: number): void {
    this.books.lost(count);
    this.#gone(count);
  }

  /** The items as the other thread gets them. */
  asHanded(items: readonly unknown[], events: number): HandedItems {
    const { number, books } = this;
    const settlement = this.#isKnown ? {} : { settlement: books.settlement };
    if (!books.wantsReturns) return { giver: number, ...settlement, items, events };
    const letters = items.filter((item) => item instanceof Letter);
    return {
      giver: number,
      ...settlement,
      events,
      items: letters.map(({ rendered }) => rendered),
      originals: letters.map(({ original }) => copyOf(original)),
    };
  }

  release(): void {
    this.#isReleased = true;
    this.#gone(0);
  }

  #gone(count: number): void {
    this.#waiting -= count;
    if (this.#isReleased && this.#waiting === 0) this.#ended();
  }
}
