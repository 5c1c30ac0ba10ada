import type { Event } from "../core/event.ts";
import { Channels } from "./channels.ts";
import type { Supervisor } from "./supervisor.ts";

/** Offers every batch to every pipeline of a thread, and connects channels with their subscribers. */
export class Router {
  readonly channels = new Channels();
  #supervisors: readonly Supervisor[] = [];
  /** The pipelines that get events from outside. */
  #open: readonly Supervisor[] = [];

  get supervisors(): readonly Supervisor[] {
    return this.#supervisors;
  }

  /** From the next batch on these get the events: the swap of a reload. */
  replace(supervisors: readonly Supervisor[]): void {
    this.#supervisors = supervisors;
    this.#open = supervisors.filter(({ channel }) => channel === null);
    this.channels.replace(supervisors);
  }

  /**
   * The batch is shared and must not be changed afterwards. `first` is the number of its first event: see
   * {@link Supervisor}.
   */
  offer(events: readonly Event[], first: number): void {
    for (const supervisor of this.#open) supervisor.offer(events, first);
  }
}
