import type { Log } from "../core/log.ts";
import type { LostFiles } from "./segment.ts";

const REMOVED =
  "files of the journal were removed or cut short: a crash before state is saved again would lose what they had";
const HINT = "leave the directory alone: what is not needed any more is removed, and --journal-bytes is its bound";

/** What somebody did to the files of a journal, until all that was in them is saved. */
export class RemovedFiles {
  readonly #dir: string;
  readonly #log: Log;
  /** Events in front of what is whole. */
  #until = 0;

  constructor(dir: string, log: Log) {
    this.#dir = dir;
    this.#log = log;
  }

  /** Returns how many events are lost with them. @param position - Events in front of what is appended next. */
  note({ message, items }: LostFiles, position: number): number {
    if (this.#until === 0) this.#log.error(REMOVED, { dir: this.#dir, error: message, events: items, hint: HINT });
    this.#until = position;
    return items;
  }

  /** What is wrong; `null`: nothing. */
  get error(): string | null {
    return this.#until > 0 ? REMOVED : null;
  }

  /** So many events in front are not needed any more. */
  trimmed(first: number): void {
    if (this.#until === 0 || first < this.#until) return;
    this.#until = 0;
    this.#log.info("the journal is whole again: state is saved", { dir: this.#dir });
  }
}
