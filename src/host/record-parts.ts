import type { Share } from "../core/share.ts";
import type { ArrivalTimes } from "../wire/arrival-times.ts";
import { type EventPicks, PART_BYTES } from "../wire/event-parts.ts";

export const OF_HOST = 1;
export const OF_SERVICE = 2;

/** Says which events of the ring's records a worker decodes: those of the shares that its pipelines get. */
export class RecordParts implements EventPicks {
  readonly #mine: Uint8Array;
  readonly #times: ArrivalTimes;
  readonly #isFirst: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #hasAll = true;
  #hasHosts = false;
  #hasServices = false;
  /** Where the parts of the next event are. */
  at = 0;
  /** Of each event that was wanted since it was emptied: which shares it is of. */
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

  /** These shares are wanted. */
  want(shares: readonly Share[]): void {
    this.#hasHosts = shares.includes("host");
    this.#hasServices = shares.includes("service");
    this.#hasAll = shares.includes("all") || (this.#isFirst && shares.length === 0);
  }

  /** A record's parts are in `bytes` from `at` on. */
  begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): boolean {
    const { at } = this;
    this.at = at + PART_BYTES;
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
