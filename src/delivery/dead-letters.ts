import { Event } from "../core/event.ts";
import { type EventOrList, forEachEvent } from "../core/event-list.ts";
import type { Branch, DropReason } from "../core/stage.ts";
import { Letter } from "./rendered.ts";

const REASON = "fast-ts reason";
const SINK = "fast-ts sink";

/**
 * Gives what a sink gave up to the stages for it: the event as it was, with attributes `fast-ts sink` and
 * `fast-ts reason`. An event that was one of this sink already is counted and goes nowhere; one of other sinks names them
 * all, so that two that send each other theirs come to an end.
 */
export class DeadLetters {
  readonly #branch: Branch;
  readonly #sink: string;

  /** @param sink - The label of its target. */
  constructor(branch: Branch, sink: string) {
    this.#branch = branch;
    this.#sink = sink;
  }

  /** @param items - Events and lists, or letters. */
  receive(items: readonly unknown[], reason: DropReason, answer: string): void {
    const why = answer === "" ? reason : `${reason}: ${answer}`;
    for (const item of items)
      for (const original of originalsOf(item))
        forEachEvent(original, (event) => {
          const others = event.attributes[SINK];
          if (`, ${others}, `.includes(`, ${this.#sink}, `)) return;
          const sinks = others === undefined ? this.#sink : `${others}, ${this.#sink}`;
          this.#branch.receive(event.with({ attributes: { ...event.attributes, [SINK]: sinks, [REASON]: why } }));
        });
  }
}

function originalsOf(item: unknown): readonly EventOrList[] {
  if (item instanceof Letter) return [item.original];
  if (item instanceof Event) return [item];
  return Array.isArray(item) ? item.filter((one) => one instanceof Event) : [];
}
