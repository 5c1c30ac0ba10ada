import { listOf, misfit, type Plain } from "../core/state.ts";

/** What is restored of a run, while it starts. */
export interface RestoredRun {
  /** By row of the layout: where the stage stood in its list when the run was saved; -1 when it did not. */
  readonly matched: readonly number[];
  /** Seconds by the wall clock for which nothing ran. */
  readonly away: number;
  /** The places of stages that started anew, as what was saved did not fit. */
  readonly anew: Set<string>;
}

/** What a run starts with. */
export interface RestoredChain {
  readonly run: RestoredRun;
  readonly chain: Plain;
}

const NONE: readonly Plain[] = [];

/** A stage that starts with what was saved of it: its parts and branches, in the order in which it asked for them. */
export class RestoredStage {
  readonly #parts: readonly Plain[];
  readonly #branches: readonly Plain[];
  #nextPart = 0;
  /** Where in the branches the taken ones stand; made when there are any. */
  #taken: Set<number> | null = null;

  constructor(saved: Plain) {
    const [parts, branches = NONE] = listOf(saved);
    this.#parts = listOf(parts);
    this.#branches = listOf(branches);
  }

  nextPart(): Plain {
    const part = this.#parts[this.#nextPart++];
    if (part === undefined) throw misfit("more parts");
    return part;
  }

  /** A saved branch of that name, unless all of them are taken. */
  nextBranch(name: string): Plain {
    for (let at = 0; at < this.#branches.length; at += 2) {
      if (this.#branches[at] !== name || this.#taken?.has(at)) continue;
      this.#taken ??= new Set();
      this.#taken.add(at);
      return this.#branches[at + 1] ?? null;
    }
    return null;
  }

  /** Throws when parts are left that nobody asked for. */
  finish(): void {
    if (this.#nextPart < this.#parts.length) throw misfit("fewer parts");
  }
}
