import { type EventNumbers, PARTITIONS, partitionsOf, SPREADS, type SpreadBy, workerOf } from "../core/spread.ts";
import type { RingMemory } from "./ring.ts";

/** The events that were written to the ring: how many of them each worker gets, and whether some are not published yet. */
export class WrittenEvents {
  /** All. */
  count: number;
  readonly #workers: number;
  readonly #width: number;
  /** Of each partition of hosts, of services, and of partition keys. */
  readonly #byHost = new Float64Array(PARTITIONS);
  readonly #byService = new Float64Array(PARTITIONS);
  readonly #byKey = new Float64Array(PARTITIONS);
  /** Of each spread, for each worker, 1 if its pipelines get its events. */
  readonly #followed: Readonly<Record<SpreadBy, Uint8Array>>;
  /** Of each worker, 1 if its pipelines get something that is not published yet. */
  readonly #awaited: Uint8Array;

  constructor({ workers, partitionBytes }: Pick<RingMemory, "workers" | "partitionBytes">, count: number) {
    this.count = count;
    this.#workers = workers;
    this.#width = partitionBytes;
    const flags = (value: number): Uint8Array => new Uint8Array(workers).fill(value);
    this.#followed = { all: flags(1), host: flags(1), service: flags(1), key: flags(1) };
    this.#awaited = flags(0);
  }

  /** @param partitions - Of these events; none, where pipelines are not spread. */
  add(events: number, partitions: Uint8Array): void {
    this.count += events;
    const [workers, awaited, width] = [this.#workers, this.#awaited, this.#width];
    const { all, host: hosts, service: services, key: keys } = this.#followed;
    if (partitions.length === 0) awaited.fill(1);
    for (let worker = 0; worker < workers; worker++) raise(awaited, worker, all);
    for (let at = 0; at < partitions.length; at += width) {
      const [host, service] = [partitions[at] as number, partitions[at + 1] as number];
      countUp(this.#byHost, host);
      countUp(this.#byService, service);
      raise(awaited, workerOf(host, workers), hosts);
      raise(awaited, workerOf(service, workers), services);
      if (width < 3) continue;
      const key = partitions[at + 2] as number;
      countUp(this.#byKey, key);
      raise(awaited, workerOf(key, workers), keys);
    }
  }

  /** Those of each spread of a worker. */
  of(worker: number): EventNumbers {
    const mine = partitionsOf(worker, this.#workers);
    const sum = (counts: Float64Array): number => counts.reduce((all, count, at) => all + count * (mine[at] ?? 0), 0);
    return { all: this.count, host: sum(this.#byHost), service: sum(this.#byService), key: sum(this.#byKey) };
  }

  /** The pipelines of a worker get the events of these spreads. */
  follow(worker: number, spreads: readonly SpreadBy[]): void {
    for (const spread of SPREADS) this.#followed[spread][worker] = spreads.includes(spread) ? 1 : 0;
  }

  isAwaited(worker: number): boolean {
    return this.#awaited[worker] === 1;
  }

  published(): void {
    this.#awaited.fill(0);
  }
}

function raise(flags: Uint8Array, at: number, by: Uint8Array): void {
  flags[at] = (flags[at] as number) | (by[at] as number);
}

function countUp(counts: Float64Array, at: number): void {
  counts[at] = (counts[at] as number) + 1;
}
