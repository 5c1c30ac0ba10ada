import type { Log } from "../core/log.ts";
import type { GivenUpEvents, GivenUpRange } from "./given-up-events.ts";
import type { RecordRange } from "./ring.ts";
import type { RingWriter } from "./ring-writer.ts";
import type { WorkerLedger } from "./worker-ledger.ts";

interface PoisonRecordOptions {
  readonly ring: RingWriter;
  readonly worker: number;
  readonly ledgers: WorkerLedger;
  readonly log: Log;
  /** With a journal. */
  readonly givenUp: GivenUpEvents | null;
}

/** What a replay does not give as the rest of the journal. */
export interface ReplayFilter {
  /** Their pipelines do not get them. */
  readonly givenUp: readonly GivenUpRange[];
  /** One message at a time: at one of these a thread has ended. */
  readonly suspects: readonly RecordRange[];
}

const MESSAGE = "messages are set aside and not read again: two threads in a row ended while they worked on them";

/**
 * Finds what it is at which one thread of a worker after the other ends, and gives it up. The first end casts suspicion on
 * all records that were under way. The next thread offers them one record at a time; with a journal it does not read them
 * from the ring, but is given them again by a replay, one message at a time. So the second end tells which it is.
 */
export class PoisonRecord {
  readonly #options: PoisonRecordOptions;
  /** In the ring. */
  #suspects: RecordRange | null = null;
  /** In events of the journal. */
  #replayed: RecordRange | null = null;
  /** Whether the last thread worked on a record when it ended. */
  hasSuspects = false;

  constructor(options: PoisonRecordOptions) {
    this.#options = options;
  }

  /** For a replay to these pipelines, or parts of pipelines. */
  filter(pipelines: readonly string[]): ReplayFilter {
    const suspects = this.#replayed === null ? [] : [this.#replayed];
    return { givenUp: this.#options.givenUp?.of(pipelines) ?? [], suspects };
  }

  /** The thread of these pipelines has ended. Returns how many events are lost, as a second one ended at their record. */
  ended(pipelines: readonly string[]): number {
    const { ring, worker, givenUp } = this.#options;
    const replaying = ring.replaying(worker);
    if (replaying !== null) return this.#endedInReplay(replaying, pipelines);
    const underWay = ring.underWay(worker);
    this.hasSuspects = underWay !== null;
    if (givenUp === null) return this.#endedInRing(underWay);
    const from = ring.done(worker);
    ring.skipUnderWay(worker);
    if (underWay !== null) this.#replayed = { from, to: ring.done(worker) };
    return 0;
  }

  /** The next thread begins with the record that the last one was not done with. */
  resume(): void {
    const { ring, worker } = this.#options;
    if (this.#suspects !== null) ring.offerAlone(worker, this.#suspects.to);
  }

  #endedInRing(underWay: RecordRange | null): number {
    const { ring, worker, ledgers, log } = this.#options;
    const isSecond = this.#suspects !== null && underWay !== null && isWithin(underWay.from, this.#suspects);
    this.#suspects = isSecond ? null : underWay;
    if (!isSecond) return 0;
    const before = ring.done(worker);
    ring.skipUnderWay(worker);
    const done = ring.doneOf(worker);
    log.error(MESSAGE, { worker: worker + 1, events: done.all - before });
    return ledgers.lose(done, "worker");
  }

  #endedInReplay(range: RecordRange, pipelines: readonly string[]): number {
    const { worker, log, givenUp } = this.#options;
    this.hasSuspects = true;
    const { from, to } = this.#replayed ?? { from: 0, to: 0 };
    if (range.from < from || range.to > to) this.#replayed = range;
    else {
      givenUp?.add(range, pipelines);
      log.error(MESSAGE, { worker: worker + 1, events: range.to - range.from });
    }
    return 0;
  }
}

/** Positions wrap at 2^32. */
function isWithin(position: number, { from, to }: RecordRange): boolean {
  return (position - from) >>> 0 < (to - from) >>> 0;
}
