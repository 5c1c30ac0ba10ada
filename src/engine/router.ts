import type { Event } from "../core/event.ts";
import { SPREADS, type SpreadBy } from "../core/spread.ts";
import { Channels } from "./channels.ts";
import type { Supervisor } from "./supervisor.ts";

/** Offers every batch to every pipeline of a thread, and connects channels with their subscribers. */
export class Router {
  readonly channels = new Channels();
  #supervisors: readonly Supervisor[] = [];
  /** The pipelines that get events from outside. */
  #open: Readonly<Record<SpreadBy, readonly Supervisor[]>> = { all: [], host: [], service: [], key: [] };

  #spreads: readonly SpreadBy[] = [];

  get supervisors(): readonly Supervisor[] {
    return this.#supervisors;
  }

  /** From the next batch on these get the events: the swap of a reload. */
  replace(supervisors: readonly Supervisor[]): void {
    this.#supervisors = supervisors;
    const of = (spread: SpreadBy) => supervisors.filter((one) => one.channel === null && one.spread === spread);
    this.#open = { all: of("all"), host: of("host"), service: of("service"), key: of("key") };
    this.#spreads = SPREADS.filter((spread) => this.#open[spread].length > 0);
    this.channels.replace(supervisors);
  }

  /** The spreads that its pipelines get. */
  get spreads(): readonly SpreadBy[] {
    return this.#spreads;
  }

  /**
   * Offers a batch to the pipelines that get this spread of all events. It must not be changed afterwards.
   *
   * @param first - The number of its first event: see {@link Supervisor}.
   */
  offer(events: readonly Event[], first: number, spread: SpreadBy = "all"): void {
    for (const supervisor of this.#open[spread]) supervisor.offer(events, first);
  }
}
