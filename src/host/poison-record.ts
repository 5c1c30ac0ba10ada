import type { Log } from "../core/log.ts";
import type { RecordRange } from "./ring.ts";
import type { RingWriter } from "./ring-writer.ts";
import type { WorkerLedger } from "./worker-ledger.ts";

interface PoisonRecordOptions {
  readonly ring: RingWriter;
  readonly worker: number;
  readonly ledgers: WorkerLedger;
  readonly log: Log;
}

const MESSAGE = "messages are set aside and not read again: two threads in a row ended while they worked on them";

/**
 * Finds the record at which one thread of a worker after the other ends, and gives it up. The first end casts suspicion
 * on all records that were under way; the next thread offers them one at a time, so the second end tells which it is.
 */
export class PoisonRecord {
  readonly #options: PoisonRecordOptions;
  #suspects: RecordRange | null = null;
  /** As `#suspects`, of a replay: in events of the journal. */
  #replayed: RecordRange | null = null;
  readonly #givenUp: RecordRange[] = [];
  /** Whether the last thread worked on a record when it ended. */
  hasSuspects = false;

  constructor(options: PoisonRecordOptions) {
    this.#options = options;
  }

  /** The events that were given up: a replay passes over them. */
  get givenUp(): readonly RecordRange[] {
    return this.#givenUp;
  }

  /** A thread has ended. Returns how many events are lost, as a second one ended at their record. */
  ended(): number {
    const { ring, worker, ledgers, log } = this.#options;
    const replaying = ring.replaying(worker);
    if (replaying !== null) return this.#endedInReplay(replaying);
    const underWay = ring.underWay(worker);
    this.hasSuspects = underWay !== null;
    const isSecond = this.#suspects !== null && underWay !== null && isWithin(underWay.from, this.#suspects);
    this.#suspects = isSecond ? null : underWay;
    if (!isSecond) return 0;
    const before = ring.done(worker);
    ring.skipUnderWay(worker);
    const done = ring.doneOf(worker);
    this.#givenUp.push({ from: before, to: done.all });
    const lost = ledgers.lose(done, "worker");
    log.error(MESSAGE, { worker: worker + 1, events: done.all - before, lost });
    return lost;
  }

  /** The next thread begins with the record that the last one was not done with. */
  resume(): void {
    const { ring, worker } = this.#options;
    if (this.#suspects !== null) ring.offerAlone(worker, this.#suspects.to);
  }

  #endedInReplay(range: RecordRange): number {
    const { worker, log } = this.#options;
    this.hasSuspects = true;
    const isSecond = this.#replayed !== null && range.from === this.#replayed.from;
    this.#replayed = isSecond ? null : range;
    if (!isSecond) return 0;
    this.#givenUp.push(range);
    log.error(MESSAGE, { worker: worker + 1, events: range.to - range.from });
    return 0;
  }
}

/** Positions wrap at 2^32. */
function isWithin(position: number, { from, to }: RecordRange): boolean {
  return (position - from) >>> 0 < (to - from) >>> 0;
}
