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

/**
 * Finds the record of the ring at which one thread of a worker after the other ends, and gives it up. The first end casts
 * suspicion on all records that were under way; the next thread offers them one at a time, so the second end tells which
 * it is.
 */
export class PoisonRecord {
  readonly #options: PoisonRecordOptions;
  #suspects: RecordRange | null = null;

  constructor(options: PoisonRecordOptions) {
    this.#options = options;
  }

  /** A thread has ended. Returns how many events are lost, as a second one ended at their record. */
  ended(): number {
    const { ring, worker, ledgers, log } = this.#options;
    const underWay = ring.underWay(worker);
    const isSecond = this.#suspects !== null && underWay !== null && isWithin(underWay.from, this.#suspects);
    this.#suspects = isSecond ? null : underWay;
    if (!isSecond) return 0;
    const before = ring.done(worker);
    ring.skipUnderWay(worker);
    const lost = ledgers.lose(ring.doneOf(worker), "worker");
    const message = "messages are set aside and not read again: two threads in a row ended while they worked on them";
    log.error(message, { worker: worker + 1, events: ring.done(worker) - before, lost });
    return lost;
  }

  /** The next thread begins with the record that the last one was not done with. */
  resume(): void {
    const { ring, worker } = this.#options;
    if (this.#suspects !== null) ring.offerAlone(worker, this.#suspects.to);
  }
}

/** Positions wrap at 2^32. */
function isWithin(position: number, { from, to }: RecordRange): boolean {
  return (position - from) >>> 0 < (to - from) >>> 0;
}
