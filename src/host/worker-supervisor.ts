import type { Cancel } from "../core/clock.ts";
import type { EventNumbers } from "../core/spread.ts";
import type { ThreadTargetReport } from "../delivery/report.ts";
import { RestartIntensity } from "../engine/restart-intensity.ts";
import { formatProblem, type Problem, problemOfFile } from "../routes/problem.ts";
import type { SavedState } from "../runtime/kept-state.ts";
import type { Assignment } from "../runtime/live-files.ts";
import type { Answer, Form, WorkerReport } from "../runtime/report.ts";
import { atMost, type StopReport } from "../runtime/shutdown.ts";
import type { Silence } from "../silences/silence.ts";
import { CurrentThread, type CurrentThreadOptions } from "./current-thread.ts";
import type { LedgerRegistry } from "./ledger-registry.ts";
import { Mutex } from "./mutex.ts";
import { PoisonRecord } from "./poison-record.ts";
import { Watchdog } from "./watchdog.ts";
import { WorkerLedger } from "./worker-ledger.ts";
import type { WorkerStopState } from "./worker-stop.ts";

/** A thread may answer this long after the stop deadline. */
const GRACE_SECONDS = 1;

export interface WorkerSupervisorOptions extends CurrentThreadOptions {
  readonly registry: LedgerRegistry;
  readonly watchdog?: Watchdog;
}

/**
 * One worker, through all of its threads: starts a thread, replaces it when it dies or hangs, and closes the books of
 * the old one.
 *
 * stopped → running (the thread runs) → starting (the thread is gone; the next one starts at once, or after a rest when this
 * happens too often, in which its pipelines' events are shed) → running … → stopped. stuck: it hangs, and is being ended.
 */
export class WorkerSupervisor {
  readonly #options: WorkerSupervisorOptions;
  readonly #watchdog: Watchdog;
  readonly #restarts = new RestartIntensity();
  readonly #ledgers = new WorkerLedger();
  readonly #poison: PoisonRecord;
  /** A prepare and its commit belong together: a reload, a replacement and a stop take turns. */
  readonly #changes = new Mutex();
  readonly #thread: CurrentThread;
  #state: WorkerReport["state"] = "stopped";
  #assignment: Assignment = { files: [], owned: [] };
  #replaced = 0;
  /** Resolves when the end of the last thread is dealt with. */
  #exit: Promise<void> = Promise.resolve();
  /** Ends of threads that are not dealt with yet, and replacements that have not begun to run. */
  #coming = 0;
  #cancelRetry: Cancel = () => {};
  /** There is no thread for a while: events are shed, this many so far. */
  #rest: { shed: number } | null = null;
  /** `null`: the worker is not to stop. */
  #stopping: WorkerStopState | null = null;

  constructor(options: WorkerSupervisorOptions) {
    this.#options = options;
    this.#watchdog = options.watchdog ?? new Watchdog(options);
    this.#poison = new PoisonRecord({ ...options, ledgers: this.#ledgers });
    this.#thread = new CurrentThread(options);
  }

  /** Starts a thread that follows the ring from the newest record on. */
  open(): void {
    this.#options.ring.attach(this.#options.worker, "newest");
    this.#start();
  }

  /** Sends a run of frames that the ring is too small for; its record follows. */
  sendAside(bytes: SharedArrayBuffer): void {
    this.#thread.sendAside(bytes);
  }

  /** Resolves when nobody else changes what the thread runs, with a function that lets the next one. */
  reserve(): Promise<() => void> {
    return this.#changes.lock();
  }

  /** Has the thread evaluate its files; what runs goes on. */
  async prepare(assignment: Assignment): Promise<readonly Problem[]> {
    if (!this.#thread.isRunning) return [];
    const problems = await this.#thread.prepare(assignment);
    if (problems !== null) return problems;
    const files = assignment.files.map((file) => file.name).join(", ");
    return [problemOfFile(assignment.files[0]?.file ?? "", `the worker ended while it evaluated ${files}`)];
  }

  listen(taps: readonly string[], capacity: number): void {
    this.#thread.listen(taps, capacity);
  }

  /** Resolves when there is a thread that has come to what is new, or none for a while. */
  async settled(): Promise<void> {
    while (this.#coming > 0) {
      await this.#exit;
      (await this.#changes.lock())();
    }
  }

  save(): void {
    this.#thread.save();
  }

  silence(silences: readonly Silence[]): void {
    this.#thread.silence(silences);
  }

  search(query: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    return this.#thread.search(query, forms);
  }

  /** What became of what its threads' targets were given; of targets elsewhere only what was not handed over. */
  get targets(): readonly ThreadTargetReport[] {
    return this.#thread.targets;
  }

  discard(): void {
    this.#thread.discard();
  }

  /** What these pipelines keep, which leave with the next commit; while it rests, kept last. Null when its thread has ended. */
  async release(pipelines: readonly string[]): Promise<readonly SavedState[] | null> {
    return this.#rest === null ? this.#thread.release(pipelines) : this.#thread.lastSaved(this.#assignment, pipelines);
  }

  /** Ends the thread: the next one goes on from what was saved. */
  restart(): Promise<void> {
    return this.#thread.terminate();
  }

  /** Swaps to what was prepared. When the thread is gone, the next one starts with it. */
  async commit(assignment: Assignment, moved: readonly SavedState[] = []): Promise<void> {
    this.#assignment = assignment;
    if (!this.#thread.isRunning) {
      if (this.#rest !== null) void this.#replace("newest"); // no need to rest any longer: the routes are others
      return;
    }
    const committed = await this.#thread.commit(assignment, moved, (states) => this.#poison.filter(states));
    if (committed === null) return;
    const { registry, worker } = this.#options;
    this.#ledgers.open(assignment.owned, committed.started, committed.begun);
    registry.open(worker + 1, committed.started);
  }

  /** Checks that the thread gets on; a thread that hangs is ended, and so replaced. */
  look(): void {
    if (this.#state !== "running" || !this.#thread.isRunning) return;
    const hang = this.#watchdog.look();
    if (hang === null) return;
    this.#state = "stuck";
    this.#options.log.error(hang.message, { worker: this.#options.worker + 1, seconds: hang.seconds });
    void this.#thread.terminate();
  }

  /** Settles the books of pipelines whose thread is gone and not replaced yet: events that came meanwhile are shed. */
  account(): void {
    if (this.#rest !== null) this.#rest.shed += this.#ledgers.shed(this.#written);
  }

  /** Events in the ring that were not offered to its pipelines yet, for all of them. */
  get unoffered(): number {
    return this.#ledgers.unoffered(this.#written);
  }

  /** Events that were written for it. */
  get #written(): EventNumbers {
    return this.#options.ring.eventsOf(this.#options.worker);
  }

  report(): WorkerReport {
    const { ring, worker } = this.#options;
    return { id: worker + 1, state: this.#state, replaced: this.#replaced, ...ring.gauges(worker) };
  }

  /**
   * Has the pipelines finish what the ring holds, within `seconds`: also those of a thread that is being replaced, or is
   * lost meanwhile. What no pipeline was offered then is lost.
   */
  async stop(seconds: number): Promise<StopReport> {
    const { clock } = this.#options;
    const stopping: WorkerStopState = { by: clock.elapsed() + seconds, lost: 0, report: null };
    this.#stopping = stopping;
    this.#cancelRetry();
    const hadThread = this.#isThreadExpected;
    await atMost(clock, seconds + GRACE_SECONDS, this.#finish(stopping));
    const { report } = stopping;
    const isLate = this.#isThreadExpected;
    this.#state = "stopped";
    await this.#thread.terminate();
    await this.#exit;
    this.account();
    const unread = this.#ledgers.lose(this.#written, "stop");
    const stuck = [...(report?.stuck ?? [])];
    if (hadThread && report === null)
      stuck.push(this.#named(isLate ? "did not answer" : "ended before it had finished"));
    else if (unread > 0) stuck.push(this.#named(`${unread} events not offered`));
    return { stuck, lost: (report?.lost ?? 0) + stopping.lost + unread + (this.#rest?.shed ?? 0) };
  }

  /** Resolves when the thread has finished, or one that replaces it, or when there is none any more. */
  async #finish(stopping: WorkerStopState): Promise<void> {
    while (stopping.report === null && this.#isThreadExpected) {
      await this.#exit;
      const release = await this.#changes.lock();
      const seconds = Math.max(0, stopping.by - this.#options.clock.elapsed());
      if (this.#thread.isRunning) stopping.report = await this.#thread.stop(seconds);
      release();
    }
  }

  get #isStopped(): boolean {
    return this.#state === "stopped";
  }

  /** There is a thread, or one will replace the last. */
  get #isThreadExpected(): boolean {
    return !this.#isStopped && (this.#thread.isRunning || this.#coming > 0);
  }

  #start(): void {
    this.#watchdog.started();
    this.#thread.start((giveUp) => this.#gone(giveUp));
    this.#state = "running";
  }

  #gone(giveUp: () => void): void {
    this.#options.ring.detach(this.#options.worker);
    this.#coming++;
    // Pending answers come first: the pipelines that they say were started belong into the books that are closed now.
    this.#exit = new Promise((resolve) =>
      setImmediate(() => {
        this.#onThreadExit(giveUp);
        this.#coming--;
        resolve();
      }),
    );
  }

  /** Closes the books of the thread that is gone, and sees to the next one. */
  #onThreadExit(giveUp: () => void): void {
    const { worker, log, clock, registry, relieved, state, journal } = this.#options;
    let lost = registry.close(worker + 1);
    giveUp();
    if (this.#stopping !== null && this.#stopping.report !== null) return;
    const names = this.#thread.stateNames(this.#assignment);
    if (!this.#isStopped) lost += this.#poison.ended(names);
    if (this.#stopping !== null) this.#stopping.lost += lost;
    if (this.#isStopped) return;
    // With a journal what it worked on may be the reason as well as what was restored, and is given up first.
    if (journal === null || !this.#poison.hasSuspects) state.ended(names, this.#state === "stuck");
    this.#replaced++;
    this.#state = "starting";
    const fields = { worker: worker + 1, pipelines: this.#assignment.owned };
    const wait = this.#restarts.restarted(clock.elapsed());
    if (wait > 0) {
      const message = "worker failed: it ended too often, its pipelines' events are shed until it is tried again";
      log.error(message, { ...fields, retry_in_seconds: wait });
      this.#ledgers.setState("failed");
      this.#rest = { shed: 0 };
      this.account();
      if (this.#stopping === null) this.#cancelRetry = clock.after(wait, () => void this.#replace("newest"));
    } else if (this.#stopping === null || this.unoffered > 0) {
      const words = state.isOn ? "go on with what was saved last" : "start anew";
      log.warn(`worker is replaced, its pipelines ${words}`, fields);
      void this.#replace("undone");
    }
    relieved();
  }

  async #replace(from: "undone" | "newest"): Promise<void> {
    const { ring, worker, log } = this.#options;
    this.#coming++;
    this.#cancelRetry();
    this.account();
    this.#rest = null;
    ring.attach(worker, from);
    if (from === "undone") this.#poison.resume();
    const release = await this.#changes.lock();
    try {
      if (this.#isStopped) return;
      this.#start();
      // What the lost thread had offered to a pipeline is not offered again: it may be what the thread was lost by.
      const problems = await this.prepare({ ...this.#assignment, since: this.#ledgers.next });
      if (this.#isStopped) return;
      if (problems.length > 0) {
        // What loaded before does not now (a file it reads has changed): no thread that hosts nothing may hold up the ring.
        const words = problems.map((problem) => formatProblem(problem)).join("\n");
        log.error("routes do not load in the new worker", { worker: worker + 1, problems: words });
        await this.#thread.terminate();
      } else await this.commit(this.#assignment);
    } finally {
      this.#coming--;
      release();
    }
  }

  #named(what: string): string {
    return `worker ${this.#options.worker + 1}: ${what}`;
  }
}
