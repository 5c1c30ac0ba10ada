import type { Clock } from "../core/clock.ts";
import type { JournalClock, Moment } from "../core/journal-clock.ts";
import type { Log } from "../core/log.ts";
import { type EventNumbers, ownerOf } from "../core/spread.ts";
import type { Supervisor } from "../engine/supervisor.ts";
import type { Mutes, OutputMarks } from "../runtime/mutes.ts";
import type { Reinjector } from "../runtime/reinjector.ts";
import type { StateKeeper } from "../runtime/state-keeper.ts";
import { TURN_SECONDS } from "../runtime/turn.ts";
import type { Damage } from "../state/damage.ts";
import { NODE_FILES } from "../state/file-layer.ts";
import { journalRecords } from "../state/journal-reader.ts";
import type { PlacedRecord } from "../state/journal-record.ts";
import type { ReplayFilter } from "./poison-record.ts";
import type { RecordIntake } from "./record-intake.ts";
import { partsOf, type RecordPart } from "./record-parts.ts";
import type { RingReader } from "./ring-reader.ts";

const LOOK_AGAIN_SECONDS = 0.005;

const MISSING =
  "events that came in since the pipelines were saved are not in the journal: it was full, or could not be written or read";

export interface JournalReplayOptions extends ReplayFilter {
  /** Which worker the thread is, from 1, and of how many: each reads the journal for itself, and its log lines say so. */
  readonly reader: { readonly worker: number; readonly workers: number };
  readonly dir: string;
  readonly clock: JournalClock;
  readonly machine: Clock;
  readonly intake: RecordIntake;
  readonly state: StateKeeper;
  readonly reinjector: Reinjector;
  readonly mutes: Mutes;
  /** What was delivered before. */
  readonly marks: OutputMarks;
  readonly log: Log;
  readonly ring: RingReader;
  supervisors(): readonly Supervisor[];
  /** A segment cannot be read to its end. */
  unreadable(damage: Damage): void;
}

/** Gives the pipelines of a thread what came in since they were saved, at the times of then. */
export class JournalReplay {
  readonly #options: JournalReplayOptions;
  #filter: ReplayFilter;
  #turnEnd = 0;
  #events = 0;
  /** All events before this position were read, but for those that are missing. */
  #reached = 0;
  #missing = 0;

  constructor(options: JournalReplayOptions) {
    this.#options = options;
    this.#filter = options;
  }

  /**
   * Starts the pipelines that are held, each where it was saved, and brings them up to an event of the journal.
   *
   * @param until - The numbers of the events behind it, of which that of all is their number in the journal, too.
   * @param start - What time it is without a journal to go by.
   */
  async run(until: EventNumbers, start: Moment): Promise<void> {
    const { clock, intake, state, reinjector, mutes, machine, log, reader } = this.#options;
    const saved = state.held.flatMap((held) => held.saved ?? []);
    const { all: to } = until;
    this.#filter = this.#cutAt(saved.map(({ position }) => position));
    const begun = machine.elapsed();
    clock.set(saved[0] ?? start);
    reinjector.hold();
    mutes.begin(this.#options.marks);
    if (saved.length > 0) await this.#read(Math.min(...saved.map(({ position }) => position)), to);
    intake.next = inJournal(to);
    for (const held of state.held) {
      if (held.saved !== null) await this.#advance(held.saved);
      state.release(held, held.saved?.position ?? to);
    }
    intake.next = until;
    for (const supervisor of this.#options.supervisors()) supervisor.since = 0; // all have come to what follows
    reinjector.release((name) => mutes.isForeign(ownerOf(name).pipeline));
    mutes.end();
    const seconds = Math.round((machine.elapsed() - begun) * 1000) / 1000;
    if (this.#events > 0) log.info("journal is replayed", { ...reader, events_read: this.#events, seconds });
  }

  /** Where a pipeline was saved within a record, what came before that is not given together with what came after. */
  #cutAt(positions: readonly number[]): ReplayFilter {
    const { givenUp, suspects } = this.#options;
    return { givenUp, suspects: [...suspects, ...positions.map((at) => ({ from: at, to: at }))] };
  }

  async #read(from: number, to: number): Promise<void> {
    const { dir, log, reader } = this.#options;
    this.#reached = from;
    await this.#takeAll(from, to);
    this.#reach(to);
    if (this.#missing > 0) log.error(MISSING, { ...reader, dir, events: this.#missing });
  }

  async #takeAll(from: number, to: number): Promise<void> {
    const { dir, log, reader, unreadable } = this.#options;
    const onDamage = (part: string, why: string, events: number): void =>
      log.error("a part of the journal cannot be read: what came in then is missing", {
        ...reader,
        dir,
        part,
        why,
        events,
      });
    for await (const records of journalRecords({ dir, from, files: NODE_FILES, onDamage, unreadable }))
      for (const record of records) {
        if (record.events > 0 && record.position >= to) return this.#comeTo(record);
        this.#reach(record.position);
        await this.#take(record);
        this.#reached = Math.max(this.#reached, record.position + record.events);
      }
  }

  /** What is not there before this position is missing. */
  #reach(position: number): void {
    this.#missing += Math.max(0, position - this.#reached);
    this.#reached = Math.max(this.#reached, position);
  }

  async #take(record: PlacedRecord): Promise<void> {
    const { clock, intake, state, reinjector } = this.#options;
    if (record.kind === "start" && record.elapsed > clock.elapsed()) state.skipTime(() => clock.set(record));
    await this.#comeTo(record);
    intake.next = inJournal(record.position);
    if (record.origin !== null) reinjector.cameIn(record.origin);
    for (const part of partsOf(record, this.#filter)) if (!this.#withhold(part)) await this.#give(part);
    await this.#settle();
    intake.next = inJournal(record.position + record.events);
  }

  /** Has pipelines not take what a thread that had them ended at. Whether those are all that are here. */
  #withhold({ withheld, to }: RecordPart): boolean {
    if (withheld.length === 0) return false;
    const { supervisors, state } = this.#options;
    const isFor = (one: Supervisor): boolean =>
      ![one.pipeline.name, state.nameOf(one)].some((name) => withheld.includes(name));
    for (const one of supervisors()) if (!isFor(one)) one.since = Math.max(one.since, to);
    return !supervisors().some(isFor);
  }

  async #give({ codec, frames, from, to }: RecordPart): Promise<void> {
    const { intake, ring } = this.#options;
    ring.replay(from, to);
    intake.next = inJournal(from);
    intake.takeAgain(codec, frames, to - from);
    intake.begin();
    intake.flush(inJournal(to));
    this.#events += to - from;
    await this.#settle();
    ring.replay(0, 0);
  }

  /** A thread that ended may have taken from the ring what time it was for the record that comes next, and no more. */
  async #comeTo(record: PlacedRecord): Promise<void> {
    await this.#release(record);
    await this.#advance(record);
  }

  /** Starts those that were saved before this record. */
  async #release(record: PlacedRecord): Promise<void> {
    const { state } = this.#options;
    for (const held of state.held) {
      const { saved } = held;
      const isDue =
        saved !== null && (saved.elapsed < record.elapsed || saved.position < record.position + record.events);
      if (!isDue) return;
      await this.#advance(saved);
      state.release(held, saved.position);
    }
  }

  async #advance(moment: Moment): Promise<void> {
    while (!this.#options.clock.advance(moment, () => this.#isTimeUp)) await this.#rest();
  }

  /** Waits until all is dealt with. */
  async #settle(): Promise<void> {
    const { intake, machine, supervisors } = this.#options;
    if (this.#isTimeUp) await this.#rest();
    while (supervisors().some(({ isBehind }) => isBehind)) await this.#rest();
    while (intake.isHeld) await new Promise<void>((resolve) => machine.after(LOOK_AGAIN_SECONDS, resolve));
  }

  get #isTimeUp(): boolean {
    return this.#options.machine.elapsed() > this.#turnEnd;
  }

  /** Lets others have their turn. */
  async #rest(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#turnEnd = this.#options.machine.elapsed() + TURN_SECONDS;
  }
}

/** In a replay a pipeline goes by the numbers of the journal, whichever of its events it gets. */
function inJournal(position: number): EventNumbers {
  return { all: position, host: position, service: position, key: position };
}
