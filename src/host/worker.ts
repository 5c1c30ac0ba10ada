import { getHeapStatistics } from "node:v8";
import { isMainThread, type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { heartbeat, SystemClock } from "../core/clock.ts";
import { type Log, logTo } from "../core/log.ts";
import { workerLabel } from "../core/spread.ts";
import type { DropReason } from "../core/stage.ts";
import { HandoverTargets } from "../delivery/handover-targets.ts";
import { Targets } from "../delivery/targets.ts";
import { coerceError } from "../errors.ts";
import type { KeptState } from "../runtime/kept-state.ts";
import { MistimedEvents } from "../runtime/mistimed-events.ts";
import { PipelineRuntime } from "../runtime/pipeline-runtime.ts";
import type { Tapped } from "../runtime/report.ts";
import { CATCH_UP_SECONDS } from "../runtime/search.ts";
import { newTargetScope } from "../runtime/target-scope.ts";
import { BATCH_EVENTS, TURN_SECONDS } from "../runtime/turn.ts";
import { WRITERS } from "../sinks/writers.ts";
import { threadId } from "../system/thread-times.ts";
import { setOutput } from "../text/stdout-queue.ts";
import type { FromWorker, ToWorker, WorkerInit } from "./messages.ts";
import { RecordIntake } from "./record-intake.ts";
import { partitionsLength } from "./ring.ts";
import { RingReader } from "./ring-reader.ts";
import { sendable } from "./sendable.ts";
import { WaitingAnswers } from "./waiting-answers.ts";

/** How often the main thread is told that the loop turns. */
const BEAT_SECONDS = 0.2;

/** The thread that hosts pipelines: reads the ring in turns, decodes, offers; does what the main thread says. */
class PipelineThread {
  readonly #port: MessagePort;
  readonly #init: WorkerInit;
  readonly #clock: SystemClock;
  readonly #ring: RingReader;
  readonly #host: PipelineRuntime;
  readonly #targets: HandoverTargets;
  readonly #intake: RecordIntake;
  readonly #mistimed: MistimedEvents;
  readonly #printing = new WaitingAnswers<Error | undefined>();
  readonly #cancelBeat: () => void;
  readonly #injecting = new WaitingAnswers<DropReason | null>();
  #shown = (): void => {};
  #catchingUp: { readonly events: number; readonly resolve: () => void }[] = [];
  #isPlanned = false;
  #isAsleep = false;
  /** Before the first swap there are no pipelines: the ring is not read. */
  #isHosting = false;
  /** When all must have ended, by the clock's `elapsed`; null until it is to stop. */
  #stopBy: number | null = null;
  #isStopping = false;

  constructor(init: WorkerInit) {
    this.#port = init.port;
    this.#init = init;
    this.#clock = new SystemClock(init.maxAhead, init.origin);
    this.#ring = new RingReader(init.ring, init.worker, () => this.#post({ kind: "room" }));
    const log = this.#log();
    const { inbox, maxStateBytes, defaultTtl, stopDeadline, dataDir } = init;
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
      relieved: () => this.#plan(),
      overloaded: (pipeline, description) => this.#post({ kind: "overloaded", pipeline, description }),
      inject: (frame) => this.#inject(frame),
      keepAlerts: (changes) => this.#post({ kind: "alerts", changes }),
      label: workerLabel(init.worker, init.workers),
      mine: this.#ring.mine,
      keepState: init.keepsState ? (kept) => this.#keepState(kept) : null,
      show: (tapped) => this.#show(tapped),
    });
    this.#mistimed = new MistimedEvents(init.timeUnits, this.#clock, log);
    const { router, thread } = this.#host;
    this.#intake = new RecordIntake({
      router,
      thread,
      mistimed: this.#mistimed,
      ring: this.#ring,
      worker: init.worker,
    });
    setOutput((text, done) => {
      this.#post({ kind: "print", id: this.#printing.ask(done), text });
    });
    const beat = (): void => {
      this.#ring.gauge(getHeapStatistics().used_heap_size, this.#host.stateBytes, this.#host.indexEvents);
      this.#ring.beat();
      this.#tellMistimed();
      this.#tellTargets();
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
        if (!this.#isHosting) return void this.#stop();
        this.#clock.after(message.seconds, () => void this.#stop());
        return this.#plan();
      default:
        return message satisfies never;
    }
  }

  async #commit({ alerts, state }: Extract<ToWorker, { kind: "commit" }>): Promise<void> {
    await this.#host.settle();
    if (!this.#isHosting) this.#intake.begin();
    this.#isHosting = true;
    this.#host.loadAlerts(alerts);
    this.#host.loadState(state);
    this.#post({ kind: "committed", begun: this.#ring.begunOf, started: this.#host.commit() });
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || !this.#isHosting || this.#isStopping) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      try {
        this.#turn();
      } catch (thrown) {
        // No stage's throw comes this far. What was not offered yet, the next thread offers.
        this.#giveUp(coerceError(thrown));
      }
    });
  }

  /** Works on the ring until it is empty, the pipelines cannot take more, or other things need their turn. */
  #turn(): void {
    if (this.#isStopping) return;
    const end = this.#clock.elapsed() + TURN_SECONDS;
    while (!this.#intake.isHeld) {
      const record = this.#ring.next();
      if (record === "frames")
        this.#intake.take(this.#ring.bytes, this.#ring.start, this.#ring.end, this.#ring.partitions);
      else if (record === "aside") this.#takeAside();
      if (record !== "none" && this.#intake.pending < BATCH_EVENTS && !this.#ring.isAlone) continue;
      this.#intake.flush();
      this.#ring.done();
      this.#caughtUp();
      if (record === "none") return this.#stopBy === null ? this.#sleep() : void this.#stop();
      if (this.#clock.elapsed() > end) return this.#plan();
    }
  }

  #sleep(): void {
    if (this.#isAsleep) return;
    this.#isAsleep = true;
    this.#ring.sleep(() => {
      this.#isAsleep = false;
      this.#plan();
    });
  }

  #takeAside(): void {
    const received = receiveMessageOnPort(this.#init.aside);
    if (received === undefined) throw new Error("the ring announced frames that were not sent");
    const bytes = Buffer.from(received.message);
    const end = bytes.length - partitionsLength(this.#ring.events, this.#init.workers);
    if (end < bytes.length) this.#ring.beginPartitions(bytes, end);
    this.#intake.take(bytes, 0, end, end);
  }

  #inject(frame: Buffer): Promise<DropReason | null> {
    return new Promise((resolve) => {
      const id = this.#injecting.ask(resolve);
      this.#post({ kind: "inject", id, frame: new Uint8Array(frame) }); // of a buffer of its own
    });
  }

  #show(tapped: readonly Tapped[]): Promise<void> {
    return new Promise((resolve) => {
      this.#shown = resolve;
      this.#post({ kind: "tapped", tapped });
    });
  }

  #keepState(kept: KeptState): void {
    const message: FromWorker = { kind: "kept", kept };
    this.#port.postMessage(
      message,
      kept.saved.flatMap(({ bytes }) => bytes.map(({ buffer }) => buffer as ArrayBuffer)),
    );
  }

  async #search({ id, query, forms, events }: Extract<ToWorker, { kind: "search" }>): Promise<void> {
    if (this.#ring.begun < events) {
      await new Promise<void>((resolve) => {
        this.#catchingUp.push({ events, resolve });
        this.#clock.after(CATCH_UP_SECONDS, resolve);
      });
    }
    const answers = await this.#host.search(query, forms);
    const message: FromWorker = { kind: "answered", id, answers };
    this.#port.postMessage(
      message,
      answers.flatMap((answer) => (answer.kind === "found" ? [answer.bytes.buffer] : [])),
    );
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

  #post(message: FromWorker): void {
    this.#port.postMessage(message);
  }
}

if (!isMainThread) {
  const init: WorkerInit = { ...workerData };
  // Route code can import workerData too, and has no business with these.
  workerData.port = null;
  workerData.aside = null;
  new PipelineThread(init);
}
