import { monotonic } from "../core/clock.ts";
import type { PipelineReport } from "../engine/report.ts";
import { FastTsError } from "../errors.ts";

/** What promises wait for in the real world is waited for so long, seconds. */
const LIMIT = 5;
/** With nothing of the real world under way, a promise that has not settled after so long will not do so by itself. */
const QUIET = 0.02;

/** Lets the promises of stages settle while virtual time stands still. */
export class Settler {
  readonly #reports: () => readonly PipelineReport[];
  readonly #turn: () => void;
  /** What was under way in the process before, which is not the stages'. */
  readonly #others = underWay();

  /** @param turn - Runs what was put off. */
  constructor(reports: () => readonly PipelineReport[], turn: () => void) {
    this.#reports = reports;
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
      if ((!isWaiting && !this.#isWriting) || now - begun > LIMIT) return;
      if (this.#isUnderWay) quietSince = now;
      else if (!isWaiting || (turns > 5 && now - quietSince > QUIET)) return;
    }
  }

  /** Throws `FTS_TEST`, naming the stages, when some still wait. */
  checkSettled(): void {
    const { waiting } = this;
    if (waiting.length === 0) return;
    const message = `${waiting.join(", ")}: still waits for a promise that has not settled`;
    throw new FastTsError("FTS_TEST", `${message}; what the virtual clock settles needs a wait(seconds)`);
  }

  /** The stages that await a promise, or have queued up behind one: `map#0`. */
  get waiting(): string[] {
    const stages = this.#reports().flatMap((report) => report.stages);
    return stages.filter((stage) => stage.waiting > 0).map((stage) => stage.place);
  }

  get #isWriting(): boolean {
    return this.#reports().some(({ stages }) => stages.some(({ pending }) => pending > 0));
  }

  get #isUnderWay(): boolean {
    const others = this.#others;
    return [...underWay()].some(([kind, count]) => count > (others.get(kind) ?? 0));
  }
}

/** Timers, files, sockets and the like that keep the process alive, by their kind. */
function underWay(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
