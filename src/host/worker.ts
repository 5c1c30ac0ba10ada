import { getHeapStatistics } from "node:v8";
import { isMainThread, type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { heartbeat, SystemClock } from "../core/clock.ts";
import { type Log, logTo } from "../core/log.ts";
import type { DropReason } from "../core/stage.ts";
import { HandoverTargets } from "../delivery/handover-targets.ts";
import { Targets } from "../delivery/targets.ts";
import { coerceError } from "../errors.ts";
import { buffersOf } from "../runtime/kept-state.ts";
import { LocalIntake } from "../runtime/local-intake.ts";
import { MistimedEvents } from "../runtime/mistimed-events.ts";
import { PipelineRuntime } from "../runtime/pipeline-runtime.ts";
import type { Tapped } from "../runtime/report.ts";
import { CATCH_UP_SECONDS } from "../runtime/search.ts";
import { newTargetScope } from "../runtime/target-scope.ts";
import { BATCH_EVENTS, TURN_SECONDS } from "../runtime/turn.ts";
import { WRITERS } from "../sinks/writers.ts";
import { threadId } from "../system/thread-times.ts";
import { setOutput } from "../text/stdout-queue.ts";
import { frameLength, HEADER } from "../wire/frames.ts";
import type { FromWorker, ToWorker, WorkerInit } from "./messages.ts";
import { RingReader } from "./ring-reader.ts";
import { sendable } from "./sendable.ts";

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
  readonly #intake: LocalIntake;
  readonly #mistimed: MistimedEvents;
  readonly #printing = new Map<number, (error?: Error) => void>();
  readonly #cancelBeat: () => void;
  #prints = 0;
  readonly #injecting = new Map<number, (reason: DropReason | null) => void>();
  #injections = 0;
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
      keepState: init.keepsState ? (kept) => this.#post({ kind: "kept", kept }, buffersOf(kept)) : null,
      show: (tapped) => this.#show(tapped),
    });
    // All workers decode all messages: the first one tells what their times are like.
    this.#mistimed = new MistimedEvents(init.timeUnits, this.#clock, init.worker === 0 ? log : SILENT);
    this.#intake = new LocalIntake(this.#host.router, this.#host.thread, this.#mistimed);
    setOutput((text, done) => {
      const id = this.#prints++;
      this.#printing.set(id, done);
      this.#post({ kind: "print", id, text });
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
      case "save":
        return void this.#host.saveState();
      case "printed": {
        const done = this.#printing.get(message.id);
        this.#printing.delete(message.id);
        return done?.(message.error === null ? undefined : new Error(message.error));
      }
      case "injected":
        this.#injecting.get(message.id)?.(message.reason);
        this.#injecting.delete(message.id);
        return;
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
    if (!this.#isHosting) this.#intake.next = this.#ring.begun;
    this.#isHosting = true;
    this.#host.loadAlerts(alerts);
    this.#host.loadState(state);
    this.#post({ kind: "committed", begun: this.#ring.begun, started: this.#host.commit() });
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
      if (record === "frames") this.#take(this.#ring.bytes, this.#ring.start, this.#ring.end);
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
    this.#take(bytes, 0, bytes.length);
  }

  /** The main thread has checked these frames: none is malformed. */
  #take(bytes: Buffer, start: number, end: number): void {
    const { codec } = this.#ring;
    this.#ring.setDecoding(true);
    for (let at = start; at < end; ) {
      const next = at + HEADER + frameLength(bytes, at);
      this.#intake.check(codec, bytes, at + HEADER, next);
      this.#ring.beat();
      at = next;
    }
    this.#ring.setDecoding(false);
  }

  #inject(frame: Buffer): Promise<DropReason | null> {
    const id = this.#injections++;
    return new Promise((resolve) => {
      this.#injecting.set(id, resolve);
      this.#post({ kind: "inject", id, frame: new Uint8Array(frame) }); // of a buffer of its own
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
        this.#clock.after(CATCH_UP_SECONDS, resolve);
      });
    }
    const answers = await this.#host.search(query, forms);
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
    const report = await this.#host.stop(Math.max(0, this.#stopBy - this.#clock.elapsed()));
    this.#clock.stop();
    this.#cancelBeat();
    this.#tellMistimed();
    this.#tellTargets();
    this.#post({ kind: "stopped", report });
  }

  #tellMistimed(): void {
    const counts = this.#init.worker === 0 ? this.#mistimed.take() : null;
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

const SILENT = logTo(() => {});

if (!isMainThread) {
  const init: WorkerInit = { ...workerData };
  // Route code can import workerData too, and has no business with these.
  workerData.port = null;
  workerData.aside = null;
  new PipelineThread(init);
}
