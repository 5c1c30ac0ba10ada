import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import type { Pipeline } from "../core/pipeline.ts";
import type { SpreadBy } from "../core/spread.ts";
import type { Cut } from "../core/state.ts";
import { Backpressure, clients, Waiting } from "./backpressure.ts";
import { Inbox } from "./inbox.ts";
import { layOut } from "./layout.ts";
import { ACCEPTED, add, INBOX, lostSlot, OFFERED, PIPELINE_LOST, SHED } from "./ledger.ts";
import { LiveState } from "./live-state.ts";
import { OpenedTargets } from "./opened-targets.ts";
import type { PipelineState } from "./report.ts";
import { PipelineRuns } from "./restarts.ts";
import type { Failure } from "./run-scope.ts";
import type { SavedPipeline } from "./saved-pipeline.ts";
import { SupervisedPipeline } from "./supervised-pipeline.ts";
import type { Owner, Thread } from "./thread.ts";
import { turnEnd } from "./turn-end.ts";

/** Events handed over one by one that are worked on at once; fewer wait for a later turn. */
const BATCH_EVENTS = 1024;

/**
 * Keeps one pipeline alive: feeds it from its inbox, restarts it when a stage throws, rests it for a while when that
 * happens too often, and sheds its events when it stalls.
 */
export class Supervisor extends SupervisedPipeline implements Owner {
  /** Gets what the last stage emits. Used by tests only. */
  output: (value: unknown) => void = () => {};
  /** What its stages kept in the end, or when it was handed over. `null`: they were not to, or it could not be saved. */
  kept: SavedPipeline | null = null;
  readonly #thread: Thread;
  readonly #limit: number;
  readonly #inbox: Inbox;
  readonly #publishers = new Waiting();
  readonly #pressure: Backpressure;
  readonly #runs: PipelineRuns;
  readonly #state: LiveState;
  readonly #targets = new OpenedTargets();
  /** On the stack: what happens now is seen by the loop that is already running. */
  #isFeeding = false;
  #isFlushing = false;
  #isHeldBack = false;
  #isKept = false;
  #isDrainPlanned = false;
  /** Who stops it waits for the next turn that has ended. */
  readonly #turnEnd = new Waiting();
  readonly #isTimeUp: () => boolean;

  /** @param since - Earlier events, offered again because their thread was lost, are not for this pipeline. */
  constructor(
    pipeline: Pipeline,
    thread: Thread,
    { layout = layOut(pipeline.stages, pipeline.options.onCrash), spread = "all" as SpreadBy, since = 0 } = {},
  ) {
    super(pipeline, layout, spread, since);
    const { counts, forgetful } = this;
    [this.#thread, this.#isTimeUp] = [thread, turnEnd(thread)];
    this.#state = new LiveState(thread, pipeline.name, counts);
    this.#runs = new PipelineRuns({
      ...{ pipeline, layout, counts, forgetful, thread, owner: this },
      output: (value) => this.output(value),
      settled: () => this.#settled(),
      rest: (seconds) => this.#fail(seconds),
    });
    this.#limit = pipeline.options.inbox ?? thread.inbox;
    this.#inbox = new Inbox(this.#limit, thread.state.maxBytes);
    this.#pressure = new Backpressure({
      clock: thread.machine,
      limit: this.#limit,
      onFull: pipeline.options.onFull ?? null,
      senders: this.channel === null ? clients(thread) : this.#publishers,
      isWaiting: () => this.#runs.run === null || this.#runs.run.scope.awaiting > 0,
      stall: () => this.#state.stalled(this.#runs.run?.busy() ?? [], this.#inbox.length),
    });
  }

  get state(): PipelineState {
    return this.#state.now;
  }

  /** The failure of the run that failed last; for tests of routes. */
  get lastFailure(): Failure | null {
    return this.#runs.lastFailure;
  }

  /**
   * Starts the stages. Until then events wait in the inbox.
   *
   * @param saved - What they start with. Its `elapsed` is what the thread's clock goes on from.
   * @returns The places of stages that start anew, as nothing that fits them was saved.
   */
  start(saved: SavedPipeline | null = null): readonly string[] {
    this.#isHeldBack = false;
    this.#targets.open(this.#thread, this.pipeline.name, this.layout);
    const anew = this.#runs.start(saved);
    this.#drain();
    return anew;
  }

  /** Takes nothing until it starts: it has dealt with that before, or is not there yet. */
  holdBack(): void {
    this.#isHeldBack = true;
  }

  /** Whether it gets on by itself with what it has taken. */
  get isBehind(): boolean {
    const { run } = this.#runs;
    return this.#inbox.length > 0 && run !== null && run.scope.congested === 0;
  }

  /** It has dealt with all that it took, to the end. */
  get isSettled(): boolean {
    return this.#inbox.length === 0 && this.isQuiet;
  }

  /** Its stages run, and none of them awaits anything, or has something queued up. */
  get isQuiet(): boolean {
    return this.#runs.run?.scope.isSettled ?? false;
  }

  /** See {@link PipelineRuns.renew}. */
  renew(saved: SavedPipeline): void {
    this.#runs.renew(saved);
  }

  /** What its stages keep; its inbox is not in it. `null`: a stage awaits something, or nothing runs. */
  save(cut: Cut | null = null): SavedPipeline | null {
    return this.kept ?? this.#runs.save(cut);
  }

  /**
   * Takes a batch that is shared with other pipelines: handles it now where possible, else keeps or sheds it.
   *
   * @param first - The number of its first event.
   */
  offer(batch: readonly Event[], first = 0): void {
    if (this.#isHeldBack) return;
    const events = first < this.since ? batch.slice(this.since - first) : batch;
    if (!this.#admit(events.length)) return;
    const { run } = this.#runs;
    const isFree = this.#inbox.length === 0 && run !== null && run.scope.congested === 0 && !this.#isFeeding;
    const at = isFree ? this.#feed(events, 0) : 0;
    if (at >= events.length) return;
    this.#inbox.push(events, at);
    this.#plan();
    this.#gauge();
  }

  /**
   * Takes one event of its channel into the inbox, or sheds it. Returns what its publisher has to wait for.
   *
   * @param isShallow - Whether there is room on the stack to work on what has accumulated.
   */
  take(value: EventOrList, isShallow: boolean): Promise<null> | null {
    if (this.#isHeldBack || !this.#admit(1)) return null;
    this.#inbox.add(value);
    // Its publisher's turn may be over: an inbox that only waits for its turn must not fill up meanwhile.
    if (isShallow && this.#inbox.load >= Math.min(BATCH_EVENTS, this.#limit)) this.#drain(() => false);
    else this.#plan();
    this.#gauge();
    return this.#publishers.room;
  }

  /** Counts what is offered; false when it is shed. */
  #admit(events: number): boolean {
    const isShed = this.#state.now !== "running" || this.kept !== null || this.#inbox.load >= this.#limit * 2;
    add(this.counts, OFFERED, events);
    add(this.counts, isShed ? SHED : ACCEPTED, events);
    return !isShed;
  }

  /** Deals with all that it has taken, unless a stage of it awaits something. */
  catchUp(): void {
    this.#drain(() => false);
  }

  /** What its stages keep, for one that works in its place from now on; `null`: as for {@link save}. */
  handOver(): SavedPipeline | null {
    this.catchUp();
    const saved = this.#inbox.length > 0 ? null : this.save();
    if (saved === null) return null;
    this.kept = saved;
    this.#runs.freeze();
    return saved;
  }

  /**
   * Takes no more, finishes what is in the inbox, flushes every stage top to bottom, then ends.
   *
   * @param isKept - What can be saved is not flushed: see {@link kept}.
   */
  async stop(isKept = false): Promise<void> {
    this.#isKept ||= isKept || this.kept !== null;
    if (this.#state.now === "failed") this.#abandonInbox();
    this.#state.stopped();
    this.#pressure.release();
    this.#drain();
    while (this.#runs.run !== null && this.#inbox.length > 0) {
      this.#turnEnd.hold();
      await this.#turnEnd.room;
    }
    this.#isFlushing = true;
    await this.#runs.flush(this.#isKept);
    this.abandon();
  }

  /** Ends at once: what is left is lost, and counted. Returns the places that were not done. */
  abandon(): string[] {
    this.#state.stopped();
    this.#pressure.release();
    if (this.#isKept) this.kept ??= this.save();
    const stuck = this.#runs.end();
    this.#targets.close();
    if (this.#inbox.length > 0 && stuck.length === 0) stuck.push("inbox");
    this.#abandonInbox();
    this.#turnEnd.release();
    return stuck;
  }

  /** Restarts the pipeline because code of its route file threw outside of any stage; false when it does not run. */
  crashed(error: Error): boolean {
    if (this.#runs.run === null) return false;
    this.#runs.crashed(error);
    this.#drain();
    return true;
  }

  /** Hands events to the run until they are done, the turn is over or the run cannot take more; returns how far it came. */
  #feed(events: readonly EventOrList[], from: number, isTimeUp = this.#isTimeUp): number {
    let at = from;
    this.#isFeeding = true;
    for (let run = this.#runs.run; run !== null; run = this.#runs.run) {
      at = run.feed(events, at, isTimeUp);
      if (run.failure === null) break;
      this.#runs.restart(run.failure);
      if (at >= events.length) break;
    }
    this.#isFeeding = false;
    return at;
  }

  /** Feeds from the inbox, for one turn. */
  #drain(isTimeUp = this.#isTimeUp): void {
    if (this.#isFeeding) return;
    while (this.#runs.run !== null && this.#runs.run.scope.congested === 0) {
      const slice = this.#inbox.shift();
      if (slice === undefined) break;
      const at = this.#feed(slice.events, slice.from, isTimeUp);
      this.#inbox.unshift(slice.events, at);
      if (at < slice.events.length) break;
    }
    this.#plan();
    this.#gauge();
    this.#turnEnd.release();
  }

  /** Has the inbox looked at again in a later turn, when it is only time that is short. */
  #plan(): void {
    if (this.#isDrainPlanned || !this.isBehind) return;
    this.#isDrainPlanned = true;
    this.#thread.later(() => {
      this.#isDrainPlanned = false;
      this.#drain();
    });
  }

  /** After a turn of the run that a timer or a promise began. */
  #settled(): void {
    if (this.#isFeeding || this.#isFlushing || this.#runs.run === null) return;
    const { failure } = this.#runs.run;
    if (failure !== null) {
      this.#isFeeding = true;
      this.#runs.restart(failure);
      this.#isFeeding = false;
    }
    this.#drain();
  }

  /** Gives it up for a while; false when it is to stop. */
  #fail(seconds: number): boolean {
    if (this.#state.now === "stopped") return false;
    this.#state.failed(seconds, () => this.start());
    this.#pressure.release();
    return true;
  }

  /** Keeps the books of the inbox and of the pressure it makes. */
  #gauge(): void {
    const { length, load } = this.#inbox;
    this.counts[INBOX] = length;
    if (this.#state.now === "stalled" && load <= this.#limit / 2) this.#state.recovered();
    if (this.#state.now === "running") this.#pressure.gauge(load);
  }

  #abandonInbox(): void {
    add(this.counts, lostSlot(PIPELINE_LOST, "stop"), this.#inbox.clear());
    this.counts[INBOX] = 0;
  }
}
