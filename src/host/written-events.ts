import { type EventNumbers, PARTITIONS, partitionsOf, SPREADS, type SpreadBy, workerOf } from "../core/spread.ts";
import { PARTITIONS_BYTES } from "../wire/event-partitions.ts";

/** The events that were written to the ring: how many of them each worker gets, and whether some are not published yet. */
export class WrittenEvents {
  /** All. */
  count: number;
  readonly #workers: number;
  /** Of each partition of hosts, and of services. */
  readonly #byHost = new Float64Array(PARTITIONS);
  readonly #byService = new Float64Array(PARTITIONS);
  /** Of each worker, 1 if its pipelines get all events, those of its hosts, those of its services. */
  readonly #followed: Readonly<Record<SpreadBy, Uint8Array>>;
  /** Of each worker, 1 if its pipelines get something that is not published yet. */
  readonly #awaited: Uint8Array;

  constructor(workers: number, count: number) {
    this.count = count;
    this.#workers = workers;
    const flags = (value: number): Uint8Array => new Uint8Array(workers).fill(value);
    this.#followed = { all: flags(1), host: flags(1), service: flags(1) };
    this.#awaited = flags(0);
  }

  /** @param partitions - Of these events; none, where pipelines are not spread. */
  add(events: number, partitions: Uint8Array): void {
    this.count += events;
    const [workers, awaited, { all, host: hosts, service: services }] = [this.#workers, this.#awaited, this.#followed];
    if (partitions.length === 0) awaited.fill(1);
    for (let worker = 0; worker < workers; worker++) raise(awaited, worker, all);
    for (let at = 0; at < partitions.length; at += PARTITIONS_BYTES) {
      const [host, service] = [partitions[at] as number, partitions[at + 1] as number];
      countUp(this.#byHost, host);
      countUp(this.#byService, service);
      raise(awaited, workerOf(host, workers), hosts);
      raise(awaited, workerOf(service, workers), services);
    }
  }

  /** Those of each spread of a worker. */
  of(worker: number): EventNumbers {
    const mine = partitionsOf(worker, this.#workers);
    const sum = (counts: Float64Array): number => counts.reduce((all, count, at) => all + count * (mine[at] ?? 0), 0);
    return { all: this.count, host: sum(this.#byHost), service: sum(this.#byService) };
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
