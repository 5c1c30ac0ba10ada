import type { Event } from "../core/event.ts";
import { SHARES, type Share } from "../core/share.ts";
import { Channels } from "./channels.ts";
import type { Supervisor } from "./supervisor.ts";

/** Offers every batch to every pipeline of a thread, and connects channels with their subscribers. */
export class Router {
  readonly channels = new Channels();
  #supervisors: readonly Supervisor[] = [];
  /** The pipelines that get events from outside. */
  #open: Readonly<Record<Share, readonly Supervisor[]>> = { all: [], host: [], service: [] };

  #shares: readonly Share[] = [];

  get supervisors(): readonly Supervisor[] {
    return this.#supervisors;
  }

  /** From the next batch on these get the events: the swap of a reload. */
  replace(supervisors: readonly Supervisor[]): void {
    this.#supervisors = supervisors;
    const of = (share: Share) => supervisors.filter((one) => one.channel === null && one.share === share);
    this.#open = { all: of("all"), host: of("host"), service: of("service") };
    this.#shares = SHARES.filter((share) => this.#open[share].length > 0);
    this.channels.replace(supervisors);
  }

  /** The shares that its pipelines get. */
  get shares(): readonly Share[] {
    return this.#shares;
  }

  /**
   * Offers a batch to the pipelines that get this share of all events. It must not be changed afterwards.
   *
   * @param first - The number of its first event: see {@link Supervisor}.
   */
  offer(events: readonly Event[], first: number, share: Share = "all"): void {
    for (const supervisor of this.#open[share]) supervisor.offer(events, first);
  }
}
