import type { Event } from "../core/event.ts";
import type { Context } from "../core/stage.ts";
import { eventOf, listOf, type Plain, type Savable } from "../core/state.ts";
import { addCounted } from "./histogram-event.ts";
import type { Bin } from "./interval-stage.ts";
import { LogLinearHistogram } from "./log-linear-histogram.ts";

/** What the events of a window come to: what a histogram counted of them, made like the last one. */
type Result = (counts: LogLinearHistogram, last: Event, end: number) => readonly Event[];

/** A bin that counts metrics. (A class, as there may be one a key: of its methods each object would have its own.) */
export class HistogramBin implements Bin, Savable {
  readonly #counts = new LogLinearHistogram();
  readonly #result: Result;
  #last: Event | null = null;

  constructor({ keeps }: Pick<Context, "keeps">, result: Result) {
    this.#result = result;
    keeps(this);
  }

  get bytes(): number {
    return this.#counts.bytes;
  }

  add(event: Event, metric: number): boolean {
    addCounted(this.#counts, event, metric);
    this.#last = event;
    return true;
  }

  take(end: number): readonly Event[] {
    if (this.#last === null) return [];
    const taken = this.#result(this.#counts, this.#last, end);
    this.#counts.clear();
    this.#last = null;
    return taken;
  }

  save(): Plain {
    return [this.#counts.save(), this.#last];
  }

  restore(saved: Plain): void {
    const [counts = null, last = null] = listOf(saved);
    this.#counts.restore(counts);
    this.#last = last === null ? null : eventOf(last);
  }
}
