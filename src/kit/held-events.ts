import { type Event, weigh } from "../core/event.ts";
import type { Context, Forgetful } from "../core/stage.ts";
import { eventOf, listOf, type Plain, type Savable } from "../core/state.ts";
import { weighAll } from "../core/weigh.ts";

/** Events that a stage holds, in the order in which they came. Their bytes are reported; the oldest can be forgotten. */
export class HeldEvents implements Forgetful, Savable {
  readonly #context: Pick<Context, "dropped">;
  readonly #held: Context["held"];
  #events: Event[] = [];
  #bytes = 0;

  constructor(context: Pick<Context, "dropped" | "forgets" | "held" | "keeps">) {
    this.#context = context;
    this.#held = context.held;
    context.forgets(this);
    context.keeps(this);
  }

  save(): Plain {
    return this.#events;
  }

  restore(saved: Plain): void {
    this.#events = listOf(saved).map(eventOf);
    this.#count(weighAll(this.#events));
  }

  get length(): number {
    return this.#events.length;
  }

  push(event: Event): void {
    this.#events.push(event);
    this.#count(weigh(event));
  }

  shift(): void {
    const event = this.#events.shift();
    if (event !== undefined) this.#count(-weigh(event));
  }

  /** A copy, exactly as long as it is: built with a spread it would take four times the room. */
  copy(): Event[] {
    return this.#events.slice();
  }

  /** All of them, no longer held. */
  take(): Event[] {
    const events = this.#events;
    this.#events = [];
    if (events.length > 0) this.#count(-this.#bytes);
    return events;
  }

  evict(): boolean {
    if (this.#events.length === 0) return false;
    this.shift();
    this.#context.dropped(1, "overflow");
    return true;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#held(bytes);
  }
}
