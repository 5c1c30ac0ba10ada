import type { Clock } from "../core/clock.ts";
import type { ThreadTargetReport } from "../delivery/report.ts";
import { lastReport, sumsOf } from "../delivery/target-totals.ts";
import type { Problem } from "../routes/problem.ts";
import type { Assignment } from "../runtime/live-files.ts";
import type { Answer, Form } from "../runtime/report.ts";
import { NO_WORKER } from "../runtime/search.ts";
import type { StopReport } from "../runtime/shutdown.ts";
import type { Silence } from "../silences/silence.ts";
import { AsideFrames } from "./aside-frames.ts";
import type { HostOptions } from "./host.ts";
import type { RecordRange, RingMemory } from "./ring.ts";
import type { RingWriter } from "./ring-writer.ts";
import { type LinkOptions, WorkerLink } from "./worker-link.ts";
import { type StartThread, startWorkerThread, type WorkerThread } from "./worker-thread.ts";

export interface CurrentThreadOptions extends HostOptions, LinkOptions {
  readonly worker: number;
  readonly workers: number;
  readonly memory: RingMemory;
  readonly ring: RingWriter;
  readonly clock: Clock;
  readonly startThread?: StartThread;
}

/** The thread of a worker that runs now, if one does. The next one is told what still holds: taps, silences, unread frames. */
export class CurrentThread {
  readonly #options: CurrentThreadOptions;
  readonly #aside = new AsideFrames();
  #live: { readonly thread: WorkerThread; readonly link: WorkerLink } | null = null;
  /** Which taps somebody listens to, and how many characters a show may have. */
  #heard: readonly [taps: readonly string[], capacity: number] = [[], 0];
  #silences: readonly Silence[] = [];
  /** The pipelines that the thread has: it knows more of their alerts than we do. */
  #pipelines: readonly string[] = [];
  /** Of threads that are gone. */
  #pastTargets: readonly ThreadTargetReport[] = [];

  constructor(options: CurrentThreadOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#live !== null;
  }

  /** Starts a thread. When it is gone, `gone` is given what answers null to all that it was still asked. */
  start(gone: (giveUp: () => void) => void): void {
    const { worker, workers, memory, ring, log, startThread = startWorkerThread } = this.#options;
    const { inbox, maxStateBytes, defaultTtl, maxAhead, timeUnits, stopDeadline, dataDir } = this.#options;
    const link = new WorkerLink(this.#options);
    const aside = this.#aside.open(ring.done(worker));
    const { isOn: keepsState, origin } = this.#options.state;
    const { journal } = this.#options;
    const state = { keepsState, origin, journal: journal && { dir: journal.dir, start: journal.start } };
    const settings = { inbox, maxStateBytes, defaultTtl, maxAhead, timeUnits, stopDeadline, dataDir, ...state };
    const init = { worker, workers, ring: memory, port: link.theirs, aside, ...settings };
    const exited = (): void => {
      this.#end(link);
      gone(() => link.giveUp());
    };
    this.#pipelines = [];
    this.#live = { link, thread: startThread(init, log, exited) };
    link.listen(...this.#heard);
    link.silence(this.#silences);
  }

  #end(link: WorkerLink): void {
    this.#live = null;
    link.close();
    const { clock, state } = this.#options;
    const endedAt = clock.elapsed() - state.origin; // by the clock of the thread
    this.#pastTargets = sumsOf([...this.#past(link), ...link.targets.map((report) => lastReport(report, endedAt))]);
    this.#aside.close();
  }

  /** What threads that are gone had, but for targets that the one of `link` has closed. */
  #past(link: WorkerLink): readonly ThreadTargetReport[] {
    return this.#pastTargets.filter(({ target }) => !link.hasClosed(target));
  }

  /** Ends it, whatever it does. */
  async terminate(): Promise<void> {
    await this.#live?.thread.terminate();
  }

  sendAside(bytes: SharedArrayBuffer): void {
    const { ring, worker } = this.#options;
    this.#aside.send(bytes, ring.events, ring.done(worker));
  }

  save(): void {
    this.#live?.link.save();
  }

  listen(taps: readonly string[], capacity: number): void {
    this.#heard = [taps, capacity];
    this.#live?.link.listen(taps, capacity);
  }

  silence(silences: readonly Silence[]): void {
    this.#silences = silences;
    this.#live?.link.silence(silences);
  }

  async search(query: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    if (this.#live === null) return forms.map(() => NO_WORKER);
    const { ring } = this.#options;
    return this.#live.link.search(query, forms, ring.events + ring.coming);
  }

  /** What became of what the targets of all threads were given; of targets elsewhere only what was not handed over. */
  get targets(): readonly ThreadTargetReport[] {
    if (this.#live === null) return this.#pastTargets;
    const { link } = this.#live;
    return [...this.#past(link), ...link.targets];
  }

  /** Null when there is no thread, or when it ends before it has answered. */
  async prepare(assignment: Assignment): Promise<readonly Problem[] | null> {
    return this.#live?.link.prepare(assignment) ?? null;
  }

  /** As for {@link prepare}. */
  async commit(pipelines: readonly string[], givenUp: readonly RecordRange[]): ReturnType<WorkerLink["commit"]> {
    const had = new Set(this.#pipelines);
    this.#pipelines = pipelines;
    const added = pipelines.filter((name) => !had.has(name));
    const link = this.#live?.link;
    const state = await this.#options.state.of(added, had.size > 0);
    const replay = { givenUp, marks: this.#options.marks?.of(added) ?? {} };
    return link?.commit(this.#options.alerts.of(added), state, replay) ?? null;
  }

  discard(): void {
    this.#live?.link.discard();
  }

  /** As for {@link prepare}. */
  async stop(seconds: number): Promise<StopReport | null> {
    return this.#live?.link.stop(seconds) ?? null;
  }
}
