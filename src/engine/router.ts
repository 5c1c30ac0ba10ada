import type { Event } from "../core/event.ts";
import type { Supervisor } from "./supervisor.ts";

/** Offers every batch to every pipeline of a thread. */
export class Router {
  #supervisors: readonly Supervisor[] = [];

  get supervisors(): readonly Supervisor[] {
    return this.#supervisors;
  }

  /** From the next batch on these get the events: the swap of a reload. */
  replace(supervisors: readonly Supervisor[]): void {
    this.#supervisors = supervisors;
  }

  /** The batch is shared and must not be changed afterwards. `first` is the number of its first event: see {@link Supervisor}. */
  offer(events: readonly Event[], first: number): void {
    for (const supervisor of this.#supervisors) supervisor.offer(events, first);
  }
}
