import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Log } from "../core/log.ts";
import type { DropReason } from "../core/stage.ts";
import type { HandoverAnswer } from "../delivery/handover.ts";
import type { HandoverReceiver } from "../delivery/handover-receiver.ts";
import type { ThreadTargetReport } from "../delivery/report.ts";
import type { Problem } from "../routes/problem.ts";
import type { KeptAlert } from "../runtime/kept-alerts.ts";
import type { SavedState } from "../runtime/kept-state.ts";
import type { Assignment } from "../runtime/live-files.ts";
import type { OutputMarks } from "../runtime/mutes.ts";
import { overloadFrame } from "../runtime/overload.ts";
import type { Answer, Form, MistimedReport, Tapped } from "../runtime/report.ts";
import { NO_WORKER } from "../runtime/search.ts";
import type { StopReport } from "../runtime/shutdown.ts";
import type { Silence } from "../silences/silence.ts";
import type { Damage } from "../state/damage.ts";
import type { Origin } from "../state/origin.ts";
import { output } from "../text/stdout-queue.ts";
import type { AlertStore } from "./alert-store.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { Given } from "./output-watch.ts";
import type { ReplayFilter } from "./poison-record.ts";
import type { StateStore } from "./state-store.ts";
import type { TroubleStore } from "./trouble-store.ts";

/** What the daemon does with what a worker says of its own accord. */
export interface LinkOptions {
  readonly log: Log;
  /** There is room in the ring. */
  relieved(): void;
  /** Gives a frame of events to all pipelines; resolves with why they will not get them. */
  inject(frame: Buffer): Promise<DropReason | null>;
  /** As `inject`, of events that pipelines reinject. */
  reinject(frame: Buffer, origin: Origin): Promise<DropReason | null>;
  /** Shows the events of taps; resolves when it can take more. */
  show(tapped: readonly Tapped[]): Promise<void>;
  /** What takes what the thread hands over to targets here; `post` answers it. */
  receiver(post: (answer: HandoverAnswer) => void): HandoverReceiver;
  /** Gets the open alerts that have changed. */
  readonly alerts: AlertStore;
  /** Gets what is saved of pipelines. */
  readonly state: StateStore;
  /** Gets the news of targets. */
  readonly troubles: TroubleStore;
  /** What the thread's pipelines gave out until then has left it. */
  passed(given: Given): void;
  /** A segment of the journal cannot be read to its end. */
  unreadable(damage: Damage): void;
  /** Counts further events whose times are not as they should be. */
  mistimed(counts: MistimedReport): void;
}

/** The messages to and from one worker thread, for as long as it runs. */
export class WorkerLink {
  /** The thread's end. */
  readonly theirs: MessagePort;
  readonly #ours: MessagePort;
  readonly #options: LinkOptions;
  /** The waiters by kind of answer: a stop may come while a reload waits for its own. */
  readonly #awaiting = new Map<FromWorker["kind"], (message: FromWorker | null) => void>();
  readonly #searching = new Map<number, (answers: readonly Answer[] | null) => void>();
  readonly #receiver: HandoverReceiver;
  readonly #knownTargets = new Set<string>();
  #targets: Omit<Extract<FromWorker, { kind: "targets" }>, "kind"> = { reports: [], transits: [] };
  #searches = 0;
  /** The thread is gone: see {@link giveUp}. */
  #isOver = false;

  constructor(options: LinkOptions) {
    const { port1, port2 } = new MessageChannel();
    this.#ours = port1;
    this.theirs = port2;
    this.#options = options;
    this.#receiver = options.receiver((answer) => this.#post({ kind: "handover", answer }));
    port1.on("message", (message: FromWorker) => this.#receive(message));
  }

  /** Has the thread evaluate its files. Resolves, as the others do, with null when the thread is gone: see {@link giveUp}. */
  async prepare(assignment: Assignment): Promise<readonly Problem[] | null> {
    const answer = await this.#ask({ kind: "prepare", assignment }, "prepared");
    return answer?.kind === "prepared" ? answer.problems : null;
  }

  /** Has the thread give what these pipelines keep, which leave it with the next swap. */
  async release(pipelines: readonly string[]): Promise<readonly SavedState[] | null> {
    const answer = await this.#ask({ kind: "release", pipelines }, "released");
    return answer?.kind === "released" ? answer.states : null;
  }

  /** Has the thread swap to what it has prepared. */
  async commit(
    alerts: readonly KeptAlert[],
    state: readonly SavedState[],
    replay: ReplayFilter & { readonly marks: OutputMarks },
  ): Promise<Extract<FromWorker, { kind: "committed" }> | null> {
    const answer = await this.#ask({ kind: "commit", alerts, state, ...replay }, "committed");
    return answer?.kind === "committed" ? answer : null;
  }

  /** What the thread last said of its targets. */
  get targets(): ThreadTargetReport[] {
    const { reports, transits } = this.#targets;
    return [...reports, ...this.#receiver.reports(transits)];
  }

  /** Whether the thread had the target, and has it no more. */
  hasClosed(target: string): boolean {
    return this.#knownTargets.has(target) && !this.targets.some((report) => report.target === target);
  }

  /** Has the thread forget what it has prepared. */
  discard(): void {
    this.#post({ kind: "discard" });
  }

  /** Has the thread finish what is in the ring, then every pipeline. */
  async stop(seconds: number): Promise<StopReport | null> {
    const { unsavable } = this.#options.state;
    const answer = await this.#ask({ kind: "stop", seconds, unsavable }, "stopped");
    return answer?.kind === "stopped" ? answer.report : null;
  }

  /** Has the thread save the state of its pipelines. */
  save(): void {
    this.#post({ kind: "save" });
  }

  /** Somebody listens to these taps. */
  listen(taps: readonly string[], capacity: number): void {
    this.#post({ kind: "listen", taps, capacity });
  }

  /** These are all silences there are. */
  silence(silences: readonly Silence[]): void {
    this.#post({ kind: "silence", silences });
  }

  /** Asks the thread's index, as it is when the first `events` of all events in the ring are dealt with. */
  search(query: string, forms: readonly Form[], events: number): Promise<readonly Answer[]> {
    const id = this.#searches++;
    return new Promise((resolve) => {
      this.#searching.set(id, (answers) => resolve(answers ?? forms.map(() => NO_WORKER)));
      this.#post({ kind: "search", id, query, forms, events });
    });
  }

  /** The thread is gone: its last words are heard, and no more. */
  close(): void {
    // A port that is closed forgets what it has not delivered.
    for (let last = receiveMessageOnPort(this.#ours); last !== undefined; last = receiveMessageOnPort(this.#ours))
      this.#receive(last.message);
    this.#receiver.end();
    this.#options.troubles.ended(this);
    this.#ours.close();
    for (const post of this.#searching.values()) post(null);
    this.#searching.clear();
  }

  /** Tells the waiters that no answer will come, and those to come. */
  giveUp(): void {
    this.#isOver = true;
    const awaiting = [...this.#awaiting.values()];
    this.#awaiting.clear();
    for (const post of awaiting) post(null);
  }

  async #ask(message: ToWorker, kind: FromWorker["kind"]): Promise<FromWorker | null> {
    if (this.#isOver) return null;
    this.#post(message);
    return new Promise((resolve) => this.#awaiting.set(kind, resolve));
  }

  #post(message: ToWorker): void {
    this.#ours.postMessage(message);
  }

  #receive(message: FromWorker): void {
    const { log, relieved, inject, reinject, show, mistimed, passed, unreadable, alerts, state, troubles } =
      this.#options;
    switch (message.kind) {
      case "log":
        return log[message.level](message.message, message.fields);
      case "print": {
        const { id, text } = message;
        const done = (error?: Error): void => this.#post({ kind: "printed", id, error: error?.message ?? null });
        if (!output(text, done)) done(new Error("nobody reads the standard output"));
        return;
      }
      case "answered":
        this.#searching.get(message.id)?.(message.answers);
        this.#searching.delete(message.id);
        return;
      case "room":
        return relieved();
      case "overloaded":
        return void inject(overloadFrame(message.pipeline, message.description));
      case "inject": {
        const post = (reason: DropReason | null): void => this.#post({ kind: "injected", id: message.id, reason });
        const frame = Buffer.from(message.frame.buffer);
        const { origin } = message;
        return void (origin === null ? inject(frame) : reinject(frame, origin)).then(post);
      }
      case "handover":
        return this.#receiver.receive(message.handover);
      case "news":
        return troubles.hear(message.news, this);
      case "targets":
        this.#targets = message;
        for (const { target } of this.targets) this.#knownTargets.add(target);
        return;
      case "mistimed":
        return mistimed(message.counts);
      case "alerts":
        return alerts.keep(message.changes);
      case "kept":
        return state.keep(message.kept);
      case "passed":
        return passed(message.given);
      case "unreadable":
        return unreadable(message.damage);
      case "tapped":
        return void show(message.tapped).then(() => this.#post({ kind: "shown" }));
      default: {
        const post = this.#awaiting.get(message.kind);
        this.#awaiting.delete(message.kind);
        post?.(message);
      }
    }
  }
}
