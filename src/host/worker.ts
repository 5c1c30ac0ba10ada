import { getHeapStatistics } from "node:v8";
import { isMainThread, type MessagePort, workerData } from "node:worker_threads";
import { heartbeat, SystemClock } from "../core/clock.ts";
import { JournalClock } from "../core/journal-clock.ts";
import { type Log, logTo } from "../core/log.ts";
import { workerLabel } from "../core/spread.ts";
import type { DropReason } from "../core/stage.ts";
import { HandoverTargets } from "../delivery/handover-targets.ts";
import { Targets } from "../delivery/targets.ts";
import { OFFERED } from "../engine/ledger.ts";
import type { Supervisor } from "../engine/supervisor.ts";
import { coerceError } from "../errors.ts";
import { buffersOf } from "../runtime/kept-state.ts";
import type { PipelineHandle } from "../runtime/live-files.ts";
import { MistimedEvents } from "../runtime/mistimed-events.ts";
import { PipelineRuntime } from "../runtime/pipeline-runtime.ts";
import { logWarnings } from "../runtime/process-warnings.ts";
import type { Tapped } from "../runtime/report.ts";
import type { RuntimeJournal } from "../runtime/runtime-options.ts";
import { CATCH_UP_SECONDS, NO_WORKER } from "../runtime/search.ts";
import { newTargetScope } from "../runtime/target-scope.ts";
import { WRITERS } from "../sinks/writers.ts";
import type { Origin } from "../state/origin.ts";
import { threadId } from "../system/thread-times.ts";
import { setOutput } from "../text/stdout-queue.ts";
import { JournalReplay, type JournalReplayOptions } from "./journal-replay.ts";
import { JournalTime } from "./journal-time.ts";
import type { FromWorker, ToWorker, WorkerInit } from "./messages.ts";
import { OutputWatch } from "./output-watch.ts";
import { RecordIntake } from "./record-intake.ts";
import { RingFeed } from "./ring-feed.ts";
import { RingReader } from "./ring-reader.ts";
import { sendable } from "./sendable.ts";
import { WaitingAnswers } from "./waiting-answers.ts";

/** How often the main thread is told that the loop turns. */
const BEAT_SECONDS = 0.2;

/** The thread that hosts pipelines: feeds them from the ring, and does what the main thread says. */
class PipelineThread {
  readonly #port: MessagePort;
  readonly #init: WorkerInit;
  readonly #clock: SystemClock;
  readonly #ring: RingReader;
  readonly #host: PipelineRuntime;
  readonly #targets: HandoverTargets;
  readonly #intake: RecordIntake;
  readonly #feed: RingFeed;
  /** With a journal: the time of the pipelines. */
  readonly #journal: { readonly clock: JournalClock; readonly time: JournalTime } | null;
  readonly #outputs: OutputWatch | null;
  readonly #mistimed: MistimedEvents;
  readonly #printing = new WaitingAnswers<Error | undefined>();
  readonly #cancelBeat: () => void;
  readonly #injecting = new WaitingAnswers<DropReason | null>();
  #shown = (): void => {};
  #catchingUp: { readonly events: number; readonly resolve: () => void }[] = [];
  /** When all must have ended, by the clock's `elapsed`; null until it is to stop. */
  #stopBy: number | null = null;
  #isStopping = false;

  constructor(init: WorkerInit) {
    this.#port = init.port;
    this.#init = init;
    this.#clock = new SystemClock(init.maxAhead, init.origin);
    this.#ring = new RingReader(init.ring, init.worker, () => this.#post({ kind: "room" }));
    const log = logWarnings(this.#log(), this.#clock);
    const { inbox, maxStateBytes, defaultTtl, stopDeadline, dataDir } = init;
    this.#journal = init.journal === null ? null : this.#journalTime();
    const scope = newTargetScope({ clock: this.#clock, log, dataDir }, (news) => this.#post({ kind: "news", news }));
    this.#targets = new HandoverTargets(new Targets(scope, WRITERS, init.workers), {
      scope,
      workers: init.workers,
      post: (handover) => this.#post({ kind: "handover", handover }),
    });
    this.#host = new PipelineRuntime({
      ...{ targets: this.#targets, clock: this.#clock, log },
      ...{ inbox, maxStateBytes, defaultTtl, stopDeadline },
      // Timers get no turn within a chain of promises: a thread whose stages get on does not hang.
      entered: () => this.#ring.beat(),
      relieved: () => this.#feed.plan(),
      overloaded: (pipeline, description) => this.#post({ kind: "overloaded", pipeline, description }),
      inject: (frame, origin) => this.#inject(frame, origin),
      journal: this.#journal === null ? undefined : { ...this.#journal, ...this.#journalPlace(this.#journal.time) },
      keepAlerts: (changes) => this.#post({ kind: "alerts", changes }),
      label: workerLabel(init.worker, init.workers),
      partitionKey: init.partitionKey,
      mine: this.#ring.mine,
      keepState: init.keepsState ? (kept) => this.#post({ kind: "kept", kept }, buffersOf(kept)) : null,
      show: (tapped) => this.#show(tapped),
    });
    this.#mistimed = new MistimedEvents(init.timeUnits, this.#clock, log);
    const { router, thread } = this.#host;
    const [ring, mistimed, { worker, partitionKey }] = [this.#ring, this.#mistimed, init];
    this.#intake = new RecordIntake({ router, thread, mistimed, ring, worker, partitionKey });
    this.#feed = new RingFeed({
      ...{ ring, intake: this.#intake, clock: this.#clock, aside: init.aside },
      time: this.#journal?.time ?? null,
      offered: () => this.#caughtUp(),
      emptied: () => {
        if (this.#stopBy !== null) void this.#stop();
        return this.#stopBy === null;
      },
      failed: (error) => this.#giveUp(error),
    });
    setOutput((text, done) => {
      this.#post({ kind: "print", id: this.#printing.ask(done), text });
    });
    this.#outputs = this.#journal && this.#newOutputWatch(this.#journal);
    const beat = (): void => {
      this.#ring.gauge(getHeapStatistics().used_heap_size, this.#host.stateBytes, this.#host.indexEvents);
      this.#ring.beat();
      this.#tellMistimed();
      this.#tellTargets();
      if (this.#feed.isOn) this.#outputs?.look();
    };
    this.#ring.introduce(threadId());
    beat();
    this.#cancelBeat = heartbeat(BEAT_SECONDS, beat);
    this.#port.on("message", (message: ToWorker) => this.#receive(message));
    process.on("unhandledRejection", (thrown) => this.#blame(thrown));
    process.on("uncaughtException", (thrown) => this.#blame(thrown));
    process.on("exit", () => this.#targets.end());
  }

  #receive(message: ToWorker): void {
    switch (message.kind) {
      case "prepare":
        return this.#post({ kind: "prepared", problems: this.#host.prepare(message.assignment) });
      case "discard":
        return this.#host.discard();
      case "commit":
        return void this.#commit(message);
      case "release":
        return this.#post({ kind: "released", states: this.#host.handOver(message.pipelines) });
      case "save":
        return void this.#host.saveState();
      case "printed":
        return this.#printing.answer(message.id, message.error === null ? undefined : new Error(message.error));
      case "injected":
        return this.#injecting.answer(message.id, message.reason);
      case "handover":
        return this.#targets.receive(message.answer);
      case "listen":
        return this.#host.taps.listen(message.taps, message.capacity);
      case "silence":
        return this.#host.silences.replace(message.silences);
      case "shown":
        return this.#shown();
      case "search":
        return void this.#search(message);
      case "stop":
        this.#stopBy = this.#clock.elapsed() + message.seconds;
        this.#host.unsavable = message.unsavable;
        // Without pipelines there is nobody to offer to: what the ring holds is not read.
        if (!this.#feed.isOn) return void this.#stop();
        this.#clock.after(message.seconds, () => void this.#stop());
        return this.#feed.plan();
      default:
        return message satisfies never;
    }
  }

  async #commit({ alerts, state, ...replaying }: Extract<ToWorker, { kind: "commit" }>): Promise<void> {
    await this.#host.settle();
    this.#feed.goOn(); // what came before is not for new pipelines
    this.#host.loadAlerts(alerts);
    this.#host.loadState(state);
    const { begunOf } = this.#ring;
    const replay = this.#feed.isOn ? null : this.#newReplay(replaying);
    if (!this.#feed.isOn) this.#intake.next = begunOf;
    const started = this.#host.commit(replay !== null);
    if (replay !== null && this.#init.journal !== null) {
      await replay.run(begunOf, this.#init.journal.start);
      // All have come to the same event, however many of those before they were given.
      const since = ({ counts, spread }: PipelineHandle): number => begunOf[spread] - (counts[OFFERED] ?? 0);
      const all = started.map((one) => ({ ...one, since: since(one) }));
      this.#post({ kind: "committed", begun: null, started: all });
      void this.#host.saveState();
    } else this.#post({ kind: "committed", begun: begunOf, started });
    this.#feed.begin();
  }

  #newReplay(replaying: Pick<JournalReplayOptions, "givenUp" | "marks" | "suspects">): JournalReplay | null {
    const [host, journal] = [this.#host, this.#init.journal];
    if (journal === null || this.#journal === null || host.state === null) return null;
    return new JournalReplay({
      reader: { worker: this.#init.worker + 1, workers: this.#init.workers },
      ...{ dir: journal.dir, clock: this.#journal.clock, machine: this.#clock, log: this.#log() },
      ...{ intake: this.#intake, state: host.state, supervisors: () => host.router.supervisors },
      ...{ reinjector: host.reinjector, mutes: host.mutes, ring: this.#ring, ...replaying },
      unreadable: (damage) => this.#post({ kind: "unreadable", damage }),
    });
  }

  #journalTime(): { readonly clock: JournalClock; readonly time: JournalTime } {
    const clock = new JournalClock(this.#init.maxAhead);
    const supervisors = (): readonly Supervisor[] => this.#host.router.supervisors;
    return { clock, time: new JournalTime({ clock, supervisors }) };
  }

  #newOutputWatch({ clock, time }: { readonly clock: JournalClock; readonly time: JournalTime }): OutputWatch {
    return new OutputWatch({
      ...{ clock, machine: this.#clock, supervisors: () => this.#host.router.supervisors, nameOf: this.#host.nameOf },
      atRest: (work) => time.atRest(work),
      isSafe: (until) => this.#targets.isSafe(until),
      printed: () => ({ given: this.#printing.asked, out: this.#printing.first }),
      passed: (given) => this.#post({ kind: "passed", given }),
    });
  }

  #journalPlace(time: JournalTime): Pick<RuntimeJournal, "position" | "atRest"> {
    return { position: () => this.#intake.next.all, atRest: (work) => time.atRest(work) };
  }

  #inject(frame: Buffer, origin: Origin): Promise<DropReason | null> {
    return new Promise((resolve) => {
      const id = this.#injecting.ask(resolve);
      this.#post({ kind: "inject", id, frame: new Uint8Array(frame), origin }); // of a buffer of its own
    });
  }

  #show(tapped: readonly Tapped[]): Promise<void> {
    return new Promise((resolve) => {
      this.#shown = resolve;
      this.#post({ kind: "tapped", tapped });
    });
  }

  async #search({ id, query, forms, events }: Extract<ToWorker, { kind: "search" }>): Promise<void> {
    if (this.#ring.begun < events) {
      await new Promise<void>((resolve) => {
        this.#catchingUp.push({ events, resolve });
        this.#feed.plan();
        this.#clock.after(CATCH_UP_SECONDS, resolve);
      });
    }
    const isThere = this.#feed.isOn || this.#isStopping; // until a replay is over, the index is that of before
    const answers = isThere ? await this.#host.search(query, forms) : forms.map(() => NO_WORKER);
    const buffers = answers.flatMap((answer) => (answer.kind === "found" ? [answer.bytes.buffer] : []));
    this.#post({ kind: "answered", id, answers }, buffers);
  }

  /** The events up to here have been offered: queries that waited for them may go on. */
  #caughtUp(): void {
    if (this.#catchingUp.length === 0) return;
    const { begun } = this.#ring;
    for (const { events, resolve } of this.#catchingUp) if (events <= begun) resolve();
    this.#catchingUp = this.#catchingUp.filter(({ events }) => events > begun);
  }

  /** Ends the pipelines: once the ring is empty, or when time is up with what it still holds. */
  async #stop(): Promise<void> {
    if (this.#stopBy === null || this.#isStopping) return;
    this.#isStopping = true;
    this.#feed.end();
    const report = await this.#host.stop(Math.max(0, this.#stopBy - this.#clock.elapsed()));
    this.#clock.stop();
    this.#cancelBeat();
    this.#tellMistimed();
    this.#tellTargets();
    this.#post({ kind: "stopped", report });
  }

  #tellMistimed(): void {
    const counts = this.#mistimed.take();
    if (counts !== null) this.#post({ kind: "mistimed", counts });
  }

  #tellTargets(): void {
    this.#post({ kind: "targets", reports: this.#targets.own(), transits: this.#targets.transits() });
  }

  /** An error outside of any stage: it is attributed to the route file in its stack, or else to the whole thread. */
  #blame(thrown: unknown): void {
    const error = coerceError(thrown);
    if (!this.#host.blame(error)) this.#giveUp(error);
  }

  #giveUp(error: Error): void {
    this.#log().error("error outside of any route file, the worker ends", { error: error.stack });
    process.exit(1);
  }

  #log(): Log {
    return logTo((level, message, fields) => this.#post({ kind: "log", level, message, fields: sendable(fields) }));
  }

  /** @param buffers - Those that are handed over, not copied. */
  #post(message: FromWorker, buffers: ArrayBufferLike[] = []): void {
    this.#port.postMessage(message, buffers as ArrayBuffer[]);
  }
}

if (!isMainThread) {
  const init: WorkerInit = { ...workerData };
  // Route code can import workerData too, and has no business with these.
  Object.assign(workerData, { port: null, aside: null });
  new PipelineThread(init);
}
