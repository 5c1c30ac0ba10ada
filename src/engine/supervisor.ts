import { monotonic } from "../core/clock.ts";
import { channelOf, edgesOf } from "../core/edges.ts";
import { Event } from "../core/event.ts";
import type { Pipeline } from "../core/pipeline.ts";
import { show } from "../core/stage.ts";
import { coerceError } from "../errors.ts";
import { Aftermath } from "./aftermath.ts";
import { type Crash, crashEvent } from "./crash.ts";
import { Inbox } from "./inbox.ts";
import { Intensity } from "./intensity.ts";
import type { Layout } from "./layout.ts";
import { ACCEPTED, add, EMITTED, INBOX, lostSlot, OFFERED, PIPELINE_LOST, RESTARTS, SHED, setState } from "./ledger.ts";
import { Pressure, type Senders, Waiting } from "./pressure.ts";
import type { PipelineState } from "./report.ts";
import type { Run } from "./run.ts";
import type { Failure } from "./surroundings.ts";
import { type Owner, startRun, type Thread } from "./thread.ts";

/** What is handed over one by one is worked on when there is so much of it, or in a later turn. */
const BATCH = 1024;

/**
 * Keeps one pipeline alive: feeds it from its inbox, starts it anew when a stage throws, gives it up for a while when
 * that happens too often, and lets it shed when it stalls.
 *
 * running → stalled (inbox full for too long, by its own doing) → running (inbox half empty)
 * running → failed (more than 3 restarts in 5 s) → running (after 30 s, doubling to 10 min)
 * any → stopped (removed by a reload, or the daemon stops)
 */
export class Supervisor implements Owner {
  readonly pipeline: Pipeline;
  readonly counts: Float64Array;
  /** How many stages the ledger has a row for. */
  get rows(): number {
    return this.#layout.rows.length;
  }

  /** Where its events come from; `null`: from outside, with all others. */
  readonly channel: string | null;
  /** The number of the first event it takes, counted since the daemon began. */
  readonly since: number;
  /** Gets what the last stage emits. In the daemon nobody listens; tests do. */
  output: (value: unknown) => void = () => {};
  readonly #layout: Layout;
  readonly #thread: Thread;
  readonly #limit: number;
  readonly #inbox = new Inbox();
  readonly #intensity = new Intensity();
  readonly #publishers = new Waiting();
  readonly #pressure: Pressure;
  readonly #aftermath: Aftermath;
  #state: PipelineState = "running";
  #run: Run | null = null;
  /** On the stack: what happens now is seen by the loop that is already running. */
  #isFeeding = false;
  #isFlushing = false;
  #cancelRetry: (() => void) | null = null;
  #isDrainPlanned = false;
  #shedAtStall = 0;
  #wake: (() => void)[] = [];
  readonly #output = (value: unknown): void => {
    add(this.counts, EMITTED, 1);
    this.output(value);
  };
  readonly #isTimeUp = (): boolean => monotonic() > this.#thread.turnEnd;

  /**
   * @param counts - The ledger, of the layout's size.
   * @param since - Earlier events, offered again because their thread was lost, are not for this pipeline.
   */
  constructor(pipeline: Pipeline, layout: Layout, counts: Float64Array, thread: Thread, since = 0) {
    this.pipeline = pipeline;
    this.counts = counts;
    this.#layout = layout;
    this.#thread = thread;
    this.since = since;
    const parts = { pipeline: pipeline.name, counts };
    this.#aftermath = new Aftermath({
      start: (owner) =>
        startRun(thread, owner, { ...parts, places: layout.onCrash, output: () => {}, settled: () => owner.settled() }),
      report: (message, stage, error) => this.#log(message, { stage, error }),
    });
    this.channel = channelOf(pipeline.stages);
    this.#limit = pipeline.options.inbox ?? thread.inbox;
    this.#pressure = new Pressure({
      clock: thread.clock,
      limit: this.#limit,
      onFull: pipeline.options.onFull ?? null,
      senders: this.channel === null ? clients(thread) : this.#publishers,
      isWaiting: () => this.#run === null || this.#run.awaiting > 0,
      stall: () => this.#stall(),
    });
  }

  /** Whether what it does may publish to a channel. */
  publishesTo(channel: string): boolean {
    const { stages, options } = this.pipeline;
    const edges = edgesOf([...stages, ...(options.onCrash ?? [])]);
    return edges.some(({ kind, name }) => kind === "publish" && name === channel);
  }

  get state(): PipelineState {
    return this.#state;
  }

  /** The failure of the run that failed last; for tests of routes. */
  lastFailure: Failure | null = null;

  /** Starts the stages. Until then events wait in the inbox. */
  start(): void {
    if (this.#layout.onCrash.length > 0) this.#aftermath.start();
    this.#run = this.#startRun();
    this.#drain();
  }

  /**
   * Takes a batch that is shared with other pipelines: handles it now where possible, else keeps or sheds it.
   *
   * @param first - The number of its first event.
   */
  offer(batch: readonly Event[], first = 0): void {
    const { counts } = this;
    const events = first < this.since ? batch.slice(this.since - first) : batch;
    const n = events.length;
    add(counts, OFFERED, n);
    if (this.#state !== "running" || this.#inbox.length >= this.#limit * 2) {
      add(counts, SHED, n);
      return;
    }
    add(counts, ACCEPTED, n);
    if (this.#inbox.length === 0 && this.#run !== null && this.#run.congested === 0 && !this.#isFeeding) {
      const at = this.#feed(events, 0);
      if (at >= n) return;
      this.#inbox.push(events, at);
    } else {
      this.#inbox.push(events, 0);
    }
    this.#plan();
    this.#gauge();
  }

  /**
   * Takes one event of its channel into the inbox, or sheds it. Returns what its publisher is to wait for.
   *
   * @param isShallow - Whether there is room on the stack to work on what has come together.
   */
  take(event: Event, isShallow: boolean): Promise<null> | null {
    add(this.counts, OFFERED, 1);
    if (this.#state !== "running" || this.#inbox.length >= this.#limit * 2) {
      add(this.counts, SHED, 1);
      return null;
    }
    add(this.counts, ACCEPTED, 1);
    this.#inbox.add(event);
    // Its publisher's time may be up: an inbox that only waits for its turn must not fill up meanwhile.
    if (isShallow && this.#inbox.length >= Math.min(BATCH, this.#limit)) this.#drain(() => false);
    else this.#plan();
    this.#gauge();
    return this.#publishers.room;
  }

  /** Takes no more, finishes what is in the inbox, flushes every stage top to bottom, then ends. */
  async stop(): Promise<void> {
    if (this.#state === "failed") this.#abandonInbox();
    this.#setState("stopped");
    this.#cancelRetry?.();
    this.#pressure.release();
    this.#drain();
    while (this.#run !== null && this.#inbox.length > 0) await this.#nextChange();
    const run = this.#run;
    this.#isFlushing = true;
    await run?.flush();
    // A stage that throws now is the last to say anything: there is nothing to start anew for.
    if (run !== null && run.failure !== null) this.#report("stage threw while it gave out what it held", run.failure);
    await this.#aftermath.stop();
    this.abandon();
  }

  /** Ends at once: what is left is lost, and counted. Returns the places that were not done. */
  abandon(): string[] {
    const stuck = [...(this.#run?.busy() ?? []), ...this.#aftermath.abandon()];
    if (this.#inbox.length > 0 && stuck.length === 0) stuck.push("inbox");
    this.#setState("stopped");
    this.#cancelRetry?.();
    this.#pressure.release();
    this.#abandonInbox();
    const run = this.#run;
    this.#run = null;
    run?.end("stop");
    this.#changed();
    return stuck;
  }

  /** Starts the pipeline anew because code of its route file threw outside of any stage. */
  crashed(error: Error): void {
    if (this.#run === null) return;
    this.#log("route code threw outside a stage, its pipeline restarts", { error });
    this.#replaceRun();
    this.#tell({ stage: null, value: null, error });
    this.#drain();
  }

  /** Hands events to the run until they are done, the turn is over or the run cannot take more; returns how far it came. */
  #feed(events: readonly Event[], from: number, isTimeUp = this.#isTimeUp): number {
    let at = from;
    this.#isFeeding = true;
    for (let run = this.#run; run !== null; run = this.#run) {
      at = run.feed(events, at, isTimeUp);
      if (run.failure === null) break;
      this.#restart(run, run.failure);
      if (at >= events.length) break;
    }
    this.#isFeeding = false;
    return at;
  }

  /** Feeds from the inbox, for one turn. */
  #drain(isTimeUp = this.#isTimeUp): void {
    if (this.#isFeeding) return;
    while (this.#run !== null && this.#run.congested === 0) {
      const slice = this.#inbox.shift();
      if (slice === undefined) break;
      const at = this.#feed(slice.events, slice.from, isTimeUp);
      this.#inbox.unshift(slice.events, at);
      if (at < slice.events.length) break;
    }
    this.#plan();
    this.#gauge();
    this.#changed();
  }

  /** Has the inbox looked at again in a later turn, when it is only time that is short. */
  #plan(): void {
    if (this.#isDrainPlanned || this.#inbox.length === 0 || this.#run === null || this.#run.congested > 0) return;
    this.#isDrainPlanned = true;
    this.#thread.later(() => {
      this.#isDrainPlanned = false;
      this.#drain();
    });
  }

  /** After a turn of the run that a timer or a promise began. */
  #settled(): void {
    if (this.#isFeeding || this.#isFlushing || this.#run === null) return;
    const { failure } = this.#run;
    if (failure !== null) {
      this.#isFeeding = true;
      this.#restart(this.#run, failure);
      this.#isFeeding = false;
    }
    this.#drain();
  }

  #restart(run: Run, failure: Failure): void {
    this.lastFailure = failure;
    this.#report("stage threw, pipeline restarts", failure);
    run.flushBelow(failure.actor);
    this.#replaceRun();
    this.#tell({ ...failure, stage: failure.actor.place });
  }

  #report(message: string, { actor, value, error }: Failure): void {
    const event = value === null || value instanceof Event ? value : show(value);
    this.#log(message, { stage: actor.place, event, error });
  }

  #log(message: string, { error, ...fields }: { readonly error: Error; readonly [field: string]: unknown }): void {
    this.#thread.log.error(message, { pipeline: this.pipeline.name, ...fields, error: this.#thread.explain(error) });
  }

  /** Has `onCrash` know of a crash. */
  #tell(crash: Omit<Crash, "pipeline">): void {
    if (this.#layout.onCrash.length === 0) return;
    const { clock, explain } = this.#thread;
    this.#aftermath.tell(crashEvent({ ...crash, pipeline: this.pipeline.name }, explain(crash.error), clock.now()));
  }

  #replaceRun(): void {
    const old = this.#run;
    this.#run = null;
    old?.end("restart");
    add(this.counts, RESTARTS, 1);
    const wait = this.#intensity.restarted(this.#thread.clock.now());
    if (wait > 0 && this.#state !== "stopped") this.#fail(wait);
    else this.#run = this.#startRun();
  }

  #startRun(): Run | null {
    for (;;) {
      try {
        return startRun(this.#thread, this, {
          pipeline: this.pipeline.name,
          places: this.#layout.places,
          counts: this.counts,
          output: this.#output,
          settled: () => this.#settled(),
        });
      } catch (thrown) {
        const error = coerceError(thrown);
        this.#log("stage did not start", { error });
        this.#tell({ stage: null, value: null, error });
        add(this.counts, RESTARTS, 1);
        const wait = this.#intensity.restarted(this.#thread.clock.now());
        if (wait > 0) {
          this.#fail(wait);
          return null;
        }
      }
    }
  }

  #fail(seconds: number): void {
    this.#setState("failed");
    this.#pressure.release();
    this.#thread.log.error("pipeline failed: it restarted too often, its events are shed until it is tried again", {
      pipeline: this.pipeline.name,
      retry_in_seconds: seconds,
    });
    this.#cancelRetry = this.#thread.clock.after(seconds, () => {
      this.#thread.log.info("failed pipeline is tried again", { pipeline: this.pipeline.name });
      this.#setState("running");
      this.start();
    });
  }

  /** Keeps the books of the inbox and of the pressure it makes. */
  #gauge(): void {
    const { length } = this.#inbox;
    this.counts[INBOX] = length;
    if (this.#state === "stalled" && length <= this.#limit / 2) this.#recover();
    if (this.#state === "running") this.#pressure.gauge(length);
  }

  #stall(): void {
    this.#setState("stalled");
    this.#shedAtStall = this.counts[SHED] ?? 0;
    const stages = this.#run?.busy() ?? [];
    const description = `inbox full, ${stages.join(", ") || "a stage"} waits: newest events are shed until it is half empty`;
    this.#thread.log.warn("pipeline stalled", { pipeline: this.pipeline.name, stages, inbox: this.#inbox.length });
    this.#thread.overloaded(this.pipeline.name, description);
  }

  #recover(): void {
    const shed = (this.counts[SHED] ?? 0) - this.#shedAtStall;
    this.#setState("running");
    this.#thread.log.info("pipeline recovered", { pipeline: this.pipeline.name, shed });
  }

  #abandonInbox(): void {
    add(this.counts, lostSlot(PIPELINE_LOST, "stop"), this.#inbox.clear());
    this.counts[INBOX] = 0;
  }

  #setState(state: PipelineState): void {
    this.#state = state;
    setState(this.counts, state);
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}

/** Clients fill the inbox: none is read from while any pipeline of the thread is full. */
function clients(thread: Thread): Senders {
  return {
    hold: () => void thread.full++,
    release() {
      thread.full--;
      if (thread.full === 0) thread.relieved();
    },
  };
}
