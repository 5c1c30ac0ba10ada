import type { SpreadBy } from "../core/spread.ts";
import type { ArrivalTimes } from "../wire/arrival-times.ts";
import { type EventPicks, PARTITIONS_BYTES } from "../wire/event-partitions.ts";

export const OF_HOST = 1;
export const OF_SERVICE = 2;

/** Says which events of the ring's records a worker decodes: those of the spreads that its pipelines get. */
export class RecordPartitions implements EventPicks {
  readonly #mine: Uint8Array;
  readonly #times: ArrivalTimes;
  readonly #isFirst: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #hasAll = true;
  #hasHosts = false;
  #hasServices = false;
  /** Where the partitions of the next event are. */
  at = 0;
  /** Of each event that was wanted since it was emptied: which spreads it is of. */
  readonly kinds: number[] = [];

  /**
   * @param mine - Which partitions are the worker's.
   * @param times - Counts each event in one of the workers that decode it.
   * @param isFirst - Whether it is the first worker, which counts those that are not spread.
   */
  constructor(mine: Uint8Array, times: ArrivalTimes, isFirst: boolean) {
    this.#mine = mine;
    this.#times = times;
    this.#isFirst = isFirst;
    times.isCounting = isFirst;
  }

  /** These spreads are wanted. */
  want(spreads: readonly SpreadBy[]): void {
    this.#hasHosts = spreads.includes("host");
    this.#hasServices = spreads.includes("service");
    this.#hasAll = spreads.includes("all") || (this.#isFirst && spreads.length === 0);
  }

  /** Whether any event of a record is wanted, which has so many of the worker's hosts and services. */
  wantsAny(hosts: number, services: number): boolean {
    return this.#hasAll || (this.#hasHosts && hosts > 0) || (this.#hasServices && services > 0);
  }

  /** A record's partitions are in `bytes` from `at` on. */
  begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): boolean {
    const { at } = this;
    this.at = at + PARTITIONS_BYTES;
    let kind = 0;
    if (this.#hasHosts && this.#mine[this.#bytes[at] as number] === 1) kind |= OF_HOST;
    if (this.#hasServices && this.#mine[this.#bytes[at + 1] as number] === 1) kind |= OF_SERVICE;
    if (kind === 0 && !this.#hasAll) return false;
    this.#times.isCounting = this.#hasHosts
      ? (kind & OF_HOST) > 0
      : this.#hasServices
        ? (kind & OF_SERVICE) > 0
        : this.#isFirst;
    this.kinds.push(kind);
    return true;
  }
}
