import type { Snapshot } from "../state/snapshot-files.ts";

/** What was saved together, to be written as one. */
export interface SnapshotBatch {
  snapshots: readonly Snapshot[];
}

/** Snapshots that wait for the disk: when it is slower than they come, it gets the newest of the same names alone. */
export class WaitingSnapshots {
  readonly #batches = new Map<string, SnapshotBatch>();

  /** The batch that is to be written; null when one that waits has these snapshots now. */
  add(snapshots: readonly Snapshot[]): SnapshotBatch | null {
    const names = namesOf(snapshots);
    const waiting = this.#batches.get(names);
    if (waiting !== undefined) {
      waiting.snapshots = snapshots;
      return null;
    }
    const batch = { snapshots };
    this.#batches.set(names, batch);
    return batch;
  }

  /** It is being written: what comes is another. */
  begin(batch: SnapshotBatch): void {
    const names = namesOf(batch.snapshots);
    if (this.#batches.get(names) === batch) this.#batches.delete(names);
  }

  has(name: string): boolean {
    return this.#of(name).length > 0;
  }

  /** What comes of this name is another, too. */
  forget(name: string): void {
    for (const batch of this.#of(name)) this.#batches.delete(namesOf(batch.snapshots));
  }

  #of(name: string): SnapshotBatch[] {
    return [...this.#batches.values()].filter(({ snapshots }) => snapshots.some((one) => one.name === name));
  }
}

function namesOf(snapshots: readonly Snapshot[]): string {
  return JSON.stringify(snapshots.map(({ name }) => name));
}
