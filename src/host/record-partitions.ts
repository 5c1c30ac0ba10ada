import type { SpreadBy } from "../core/spread.ts";
import type { ArrivalTimes } from "../wire/arrival-times.ts";
import type { EventPartitions, EventPicks } from "../wire/event-partitions.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import { codecOf } from "../wire/message-codecs.ts";
import type { RingReader } from "./ring-reader.ts";

/** What an event is of, which a worker gets for pipelines of some spread. */
export const OF_SPREAD: Readonly<Record<Exclude<SpreadBy, "all">, number>> = { host: 1, service: 2, key: 4 };

/** Says which events of the ring's records a worker decodes: those of the spreads that its pipelines get. */
export class RecordPartitions implements EventPicks {
  readonly #mine: Uint8Array;
  readonly #width: number;
  readonly #times: ArrivalTimes;
  readonly #isFirst: boolean;
  #bytes: Uint8Array = new Uint8Array(0);
  #hasAll = true;
  #hasHosts = false;
  #hasServices = false;
  #hasKeys = false;
  /** The spread whose events this worker counts; 0: they are not spread. */
  #counted = 0;
  /** Where the partitions of the next event are. */
  at = 0;
  /** Of each event that was wanted since it was emptied: which spreads it is of. */
  readonly kinds: number[] = [];

  /**
   * @param times - Counts each event in one of the workers that decode it.
   * @param isFirst - Whether it is the first worker, which counts those that are not spread.
   */
  constructor({ mine, memory }: Pick<RingReader, "mine" | "memory">, times: ArrivalTimes, isFirst: boolean) {
    this.#mine = mine;
    this.#width = memory.partitionBytes;
    this.#times = times;
    this.#isFirst = isFirst;
    times.isCounting = isFirst;
  }

  /** These spreads are wanted. */
  want(spreads: readonly SpreadBy[]): void {
    this.#hasHosts = spreads.includes("host");
    this.#hasServices = spreads.includes("service");
    this.#hasKeys = spreads.includes("key");
    const { host, service, key } = OF_SPREAD;
    this.#counted = this.#hasHosts ? host : this.#hasServices ? service : this.#hasKeys ? key : 0;
    this.#hasAll = spreads.includes("all") || (this.#isFirst && spreads.length === 0);
  }

  /** Whether any event of a record is wanted, which has so many of the worker's hosts, services, and keys. */
  wantsAny({ hosts, services, keys }: Pick<RingReader, "hosts" | "services" | "keys">): boolean {
    return (
      this.#hasAll ||
      (this.#hasHosts && hosts > 0) ||
      (this.#hasServices && services > 0) ||
      (this.#hasKeys && keys > 0)
    );
  }

  /** A record's partitions are in `bytes` from `at` on. */
  begin(bytes: Uint8Array, at: number): void {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): boolean {
    const { at } = this;
    this.at = at + this.#width;
    let kind = 0;
    if (this.#hasHosts && this.#mine[this.#bytes[at] as number] === 1) kind |= OF_SPREAD.host;
    if (this.#hasServices && this.#mine[this.#bytes[at + 1] as number] === 1) kind |= OF_SPREAD.service;
    if (this.#hasKeys && this.#mine[this.#bytes[at + 2] as number] === 1) kind |= OF_SPREAD.key;
    if (kind === 0 && !this.#hasAll) return false;
    this.#times.isCounting = this.#counted === 0 ? this.#isFirst : (kind & this.#counted) > 0;
    this.kinds.push(kind);
    return true;
  }
}

/** Adds the partitions of the events of frames that were checked before. */
export function findPartitions(codec: number, bytes: Buffer, start: number, end: number, found: EventPartitions): void {
  for (let at = start; at < end; ) {
    const next = at + HEADER + frameLength(bytes, at);
    codecOf(codec).check(bytes, at + HEADER, next, found);
    at = next;
  }
}
