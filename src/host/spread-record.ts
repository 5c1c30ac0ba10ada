import { isSpreadField, ownerOf, type SpreadField } from "../core/spread.ts";
import type { Snapshot } from "../state/snapshot-files.ts";

/** No pipeline has this name. */
const NAME = "\0spread";

/** By what, and over how many workers, pipelines are spread; one, where there is no worker. */
export interface SpreadWay {
  readonly workers: number;
  readonly partitionKey: SpreadField;
}

/** What is to be done, as states are on disk. */
export interface Settlement {
  /** To be written first; `null`: what is there is right. */
  readonly record: Snapshot | null;
  /** The names of states that are of no use any more. */
  readonly outdated: readonly string[];
}

/**
 * How the states on disk are spread. With a journal a start with another number of workers, or another partition key, first is
 * as is on record, and brings each part of a pipeline to the end of the journal. So the states of before stay, and the record
 * of them, until all of those of now are on disk: no start mixes the two.
 */
export class SpreadRecord {
  /** On record when the process began; `null`: nothing was saved. */
  readonly before: SpreadWay | null;
  /** What is so now. */
  now: SpreadWay = { workers: 1, partitionKey: "host" };
  readonly #hasJournal: boolean;
  #onDisk: SpreadWay | null;
  readonly #saved = new Set<string>();
  #outdated: string[] = [];

  /** @param found - All that is on disk. */
  constructor(found: readonly Snapshot[], hasJournal: boolean) {
    const record = found.find(isRecord);
    this.#hasJournal = hasJournal;
    this.#onDisk = record === undefined ? null : wayOf(Buffer.concat(record.bytes).toString());
    this.before = this.#onDisk ?? lastOf(found);
  }

  /** A state is on disk, or there is none to be. @param outdated - Of no use when the others are, too. */
  saved(name: string, outdated: readonly string[] = []): void {
    this.#saved.add(name);
    this.#outdated.push(...outdated);
  }

  /** Whether the states of before are still needed, with the journal. @param names - Of all states there are to be. */
  isMoving(names: Iterable<string>): boolean {
    if (!this.#hasJournal || this.before === null || isAlike(this.before, this.now)) return false;
    return ![...names].every((name) => this.#saved.has(name));
  }

  /** @param names - As for {@link isMoving}. */
  settle(names: Iterable<string>): Settlement {
    if (this.isMoving(names)) return { record: null, outdated: [] };
    const outdated = this.#outdated.splice(0);
    if (this.#onDisk !== null && isAlike(this.#onDisk, this.now)) return { record: null, outdated };
    const { workers, partitionKey } = this.now;
    const bytes = [Buffer.from(`${workers} ${partitionKey}`)];
    return { record: { name: NAME, now: 0, elapsed: 0, position: 0, bytes }, outdated };
  }

  /** The record is on disk. */
  written(): void {
    this.#onDisk = this.now;
  }
}

/** Whether states are in the same parts. */
export function isAlike(one: SpreadWay, other: SpreadWay): boolean {
  return one.workers === other.workers && (one.workers === 1 || one.partitionKey === other.partitionKey);
}

/** Whether it is the record, and no state. */
export function isRecord({ name }: Snapshot): boolean {
  return name === NAME;
}

function wayOf(text: string): SpreadWay {
  const [workers = "", partitionKey = ""] = /^(\d+) (.*)$/.exec(text)?.slice(1) ?? [];
  return { workers: Number(workers), partitionKey: isSpreadField(partitionKey) ? partitionKey : "host" };
}

/** How states are spread that have no record: those of an older FastTS. */
function lastOf(found: readonly Snapshot[]): SpreadWay | null {
  const newestFirst = found.toSorted((a, b) => b.now - a.now).map(({ name }) => ownerOf(name));
  const { workers = null } = newestFirst.find((owner) => owner.workers > 1) ?? newestFirst[0] ?? {};
  return workers === null ? null : { workers, partitionKey: "host" };
}
