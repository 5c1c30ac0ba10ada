import {
  addAligned,
  isHeldElsewhere,
  isOver,
  newCounts,
  readLedger,
  setState,
  stateOf,
  takenBy,
  writeOff,
} from "../engine/ledger.ts";
import type { PipelineReport, PipelineState } from "../engine/report.ts";
import type { PipelineHandle } from "../runtime/live-files.ts";

interface Entry {
  readonly started: PipelineHandle;
  readonly worker: number;
  /** Its thread is gone: the counts change no more, but for what it had handed over. */
  isClosed: boolean;
  /** What first stages received, where these are the books of several generations. */
  readonly taken?: number;
}

/** Maximum places of removed stages that are kept; beyond it, the oldest are forgotten. */
const MAX_PAST_PLACES = 100;

/**
 * The ledgers of all pipelines, over reloads and lost threads: what a replaced generation counted stays in the books of
 * its name, place by place.
 */
export class LedgerRegistry {
  readonly #entries = new Map<string, Entry[]>();
  #placements: ReadonlyMap<string, string> = new Map();

  /** A generation begins. */
  open(worker: number, started: readonly PipelineHandle[]): void {
    for (const one of started) {
      const entries = this.#entries.get(one.name) ?? [];
      entries.push({ started: one, worker, isClosed: false });
      this.#entries.set(one.name, entries);
    }
  }

  /** Closes the books of a worker whose thread is gone: what its pipelines held is lost. Returns how many events that are. */
  close(worker: number): number {
    let lost = 0;
    for (const entry of [...this.#entries.values()].flat()) {
      if (entry.worker !== worker || entry.isClosed) continue;
      entry.isClosed = true;
      lost += writeOff(entry.started.counts, entry.started.places.length);
      setState(entry.started.counts, "stopped");
    }
    return lost;
  }

  /**
   * Forgets the pipelines that are in no route file any more.
   *
   * @param placements - Where each of the others runs, and why.
   */
  keep(placements: ReadonlyMap<string, string>): void {
    this.#placements = placements;
    for (const name of this.#entries.keys()) if (!placements.has(name)) this.#entries.delete(name);
  }

  /** One report a pipeline, all generations added up; each is made when it is asked for. */
  *reports(): Iterable<PipelineReport> {
    for (const name of [...this.#entries.keys()]) {
      const report = this.report(name);
      if (report !== null) yield report;
    }
  }

  states(): Pick<PipelineReport, "name" | "state">[] {
    return [...this.#entries].flatMap(([name, entries]) =>
      entries.length === 0 ? [] : [{ name, state: worstOf(currentOf(entries)) }],
    );
  }

  report(name: string): PipelineReport | null {
    const entries = this.#entries.get(name) ?? [];
    const newest = entries.at(-1);
    if (newest === undefined) return null;
    const { started, worker } = newest;
    const { places, counts, taken } = this.#add(entries, started.places);
    const current = currentOf(entries);
    setState(counts, worstOf(current));
    this.#fold(name, entries, current);
    const parts = current.filter(({ started: { counts } }) => stateOf(counts) !== "stopped");
    const workers = parts.map((entry) => entry.worker).toSorted((a, b) => a - b);
    const [{ file, line }, placement = ""] = [started, this.#placements.get(name)];
    return readLedger(counts, places, { name, file, line, worker: workers[0] ?? worker, workers, placement }, taken);
  }

  /** The books of several generations as one: `first` are the places that come first. */
  #add(entries: readonly Entry[], first: readonly string[]): { places: string[]; counts: Float64Array; taken: number } {
    const past = new Set(entries.toReversed().flatMap((entry) => entry.started.places));
    for (const place of first) past.delete(place);
    const places = [...first, ...[...past].slice(0, MAX_PAST_PLACES)];
    const counts = newCounts(places.length);
    let taken = 0;
    for (const entry of entries) {
      addAligned(counts, places, entry.started.counts, entry.started.places);
      taken += entry.taken ?? takenBy(entry.started.counts, entry.started.places.length);
    }
    return { places, counts, taken };
  }

  /** Keeps the list of generations short by merging those that have ended. */
  #fold(name: string, entries: readonly Entry[], current: readonly Entry[]): void {
    const hasEnded = (entry: Entry): boolean =>
      !current.includes(entry) &&
      (isOver(entry.started.counts, entry.started.places.length) ||
        (entry.isClosed && !isHeldElsewhere(entry.started.counts, entry.started.places.length)));
    const ended = entries.filter(hasEnded);
    const first = ended[0];
    if (first === undefined || ended.length < 3) return;
    const { places, counts, taken } = this.#add(ended, []);
    const sum: Entry = { started: { ...first.started, places, counts }, worker: first.worker, isClosed: true, taken };
    this.#entries.set(name, [sum, ...entries.filter((entry) => !hasEnded(entry))]);
  }
}

/** The newest of each worker. */
function currentOf(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ worker }, at) => !entries.slice(at + 1).some((later) => later.worker === worker));
}

/** A pipeline in several workers is as well as its worst part; those of workers that it has left have stopped. */
const WORST_FIRST: readonly PipelineState[] = ["failed", "stalled", "running"];

function worstOf(entries: readonly Entry[]): PipelineState {
  const states = entries.map(({ started }) => stateOf(started.counts));
  return WORST_FIRST.find((state) => states.includes(state)) ?? "stopped";
}
