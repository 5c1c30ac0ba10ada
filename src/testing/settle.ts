import { monotonic } from "../core/clock.ts";
import type { Layout } from "../engine/layout.ts";
import { PENDING, rowAt, WAITING } from "../engine/ledger.ts";
import { FastTsError } from "../errors.ts";

/** Maximum wait for what promises need from the real world. */
const MAX_SETTLE_SECONDS = 5;
/** With nothing of the real world under way, a promise that has not settled by then will not settle by itself. */
const QUIET_SECONDS = 0.02;

/** The books of a pipeline. */
export interface Books {
  readonly layout: Pick<Layout, "rows">;
  readonly counts: Float64Array;
}

/** Lets the promises of stages settle while virtual time stands still. */
export class Settler {
  readonly #books: () => readonly Books[];
  readonly #turn: () => void;
  /** What was under way in the process before, which is not the stages'. */
  readonly #others = underWay();

  /** @param turn - Runs deferred work. */
  constructor(books: () => readonly Books[], turn: () => void) {
    this.#books = books;
    this.#turn = turn;
  }

  /**
   * Until nothing is waited for any more, or does not come by itself: then it may come with virtual time.
   *
   * @param isWaited - Whether something is. @default a stage awaits a promise
   */
  async settle(isWaited: () => boolean = () => this.waiting.length > 0): Promise<void> {
    const begun = monotonic();
    let quietSince = begun;
    for (let turns = 1; ; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#turn();
      const now = monotonic();
      const isWaiting = isWaited();
      if ((!isWaiting && !this.#isWriting) || now - begun > MAX_SETTLE_SECONDS) return;
      if (this.#isUnderWay) quietSince = now;
      else if (!isWaiting || (turns > 5 && now - quietSince > QUIET_SECONDS)) return;
    }
  }

  /** Throws `FTS_TEST`, naming the stages, when some still wait. */
  checkSettled(): void {
    const { waiting } = this;
    if (waiting.length === 0) return;
    const message = `${waiting.join(", ")}: still waits for a promise that has not settled`;
    throw new FastTsError("FTS_TEST", `${message}; what the virtual clock settles needs a wait(seconds)`);
  }

  /** The stages that await a promise, or wait behind one: `map#0`. */
  get waiting(): string[] {
    return this.#books().flatMap((books) => placesThatHold(books, WAITING));
  }

  get #isWriting(): boolean {
    return this.#books().some((books) => placesThatHold(books, PENDING).length > 0);
  }

  get #isUnderWay(): boolean {
    const others = this.#others;
    return [...underWay()].some(([kind, count]) => count > (others.get(kind) ?? 0));
  }
}

function placesThatHold({ layout, counts }: Books, slot: typeof WAITING | typeof PENDING): string[] {
  return layout.rows.flatMap(({ name, row }) => ((counts[rowAt(row) + slot] ?? 0) > 0 ? [name] : []));
}

/** Timers, files, sockets and the like that keep the process alive, by their kind. */
function underWay(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
