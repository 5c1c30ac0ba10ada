import { addAll, aligned, isOver, newCounts, readLedger } from "../engine/ledger.ts";
import type { PipelineReport } from "../engine/report.ts";
import type { Started } from "./thread-host.ts";

interface Entry {
  readonly started: Started;
  readonly worker: number;
  /** Its run is over for good: the counts will not change any more. */
  isClosed: boolean;
}

/**
 * The ledgers of all pipelines, over reloads and lost threads: what a replaced generation counted stays in the books
 * of its name. Generations of one layout are added up; an older one of another layout is kept until it has ended, then
 * only the counts of the pipeline itself go on.
 */
export class LedgerBook {
  readonly #entries = new Map<string, Entry[]>();

  /** A generation begins. */
  open(worker: number, started: readonly Started[]): void {
    for (const one of started) {
      const entries = this.#entries.get(one.name) ?? [];
      entries.push({ started: one, worker, isClosed: false });
      this.#entries.set(one.name, entries);
    }
  }

  /** The generations that run, or ran last, in a worker, newest last. */
  of(worker: number): readonly Started[] {
    return [...this.#entries.values()].flatMap((entries) =>
      entries.filter((entry) => entry.worker === worker && !entry.isClosed).map((entry) => entry.started),
    );
  }

  /** Marks all of a worker's generations as over: the thread is gone. */
  close(worker: number): void {
    for (const entries of this.#entries.values())
      for (const entry of entries) if (entry.worker === worker) entry.isClosed = true;
  }

  /** Forgets the pipelines that are in no route file any more. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#entries.delete(name);
  }

  /** One report a pipeline, all generations added up. */
  reports(): PipelineReport[] {
    return [...this.#entries.keys()].flatMap((name) => this.report(name) ?? []);
  }

  report(name: string): PipelineReport | null {
    const entries = this.#entries.get(name) ?? [];
    const newest = entries.at(-1);
    if (newest === undefined) return null;
    const { started, worker } = newest;
    const sum = newCounts(started.places.length);
    sum.set(started.counts);
    for (const entry of entries) {
      if (entry === newest) continue;
      addAll(sum, aligned(entry.started.counts, entry.started.places, started.places));
    }
    this.#fold(name, entries);
    return readLedger(sum, started.places, { name, file: started.file, line: started.line, worker });
  }

  /** Keeps the list of generations short: ended ones of one layout become one. */
  #fold(name: string, entries: readonly Entry[]): void {
    if (entries.length < 4) return;
    const newest = entries.at(-1);
    const hasEnded = ({ isClosed, started }: Entry): boolean =>
      isClosed || isOver(started.counts, started.places.length);
    const older = entries.filter((entry) => entry !== newest);
    const open = older.filter((entry) => !hasEnded(entry));
    const over = older.filter(hasEnded);
    const first = over[0];
    if (newest === undefined || first === undefined) return;
    const { places } = newest.started;
    const counts = newCounts(places.length);
    for (const entry of over) addAll(counts, aligned(entry.started.counts, entry.started.places, places));
    this.#entries.set(name, [
      { ...first, started: { ...first.started, places, counts }, isClosed: true },
      ...open,
      newest,
    ]);
  }
}
