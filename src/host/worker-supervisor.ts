import { MessageChannel } from "node:worker_threads";
import { type Cancel, type Clock, monotonic } from "../core/clock.ts";
import { RestartIntensity } from "../engine/restart-intensity.ts";
import { formatProblem, type Problem, problemOfFile } from "../routes/problem.ts";
import type { Assignment } from "../runtime/pipeline-runtime.ts";
import type { Answer, Form, WorkerReport } from "../runtime/report.ts";
import type { StopReport } from "../runtime/shutdown.ts";
import { AsideFrames } from "./aside-frames.ts";
import type { HostOptions } from "./host.ts";
import type { LedgerRegistry } from "./ledger-registry.ts";
import { Mutex } from "./mutex.ts";
import { PoisonRecord } from "./poison-record.ts";
import type { RingMemory } from "./ring.ts";
import type { RingWriter } from "./ring-writer.ts";
import { Watchdog } from "./watchdog.ts";
import { WorkerLedger } from "./worker-ledger.ts";
import { NO_WORKER, type TalkOptions, WorkerTalk } from "./worker-talk.ts";
import { type StartThread, startWorkerThread, type WorkerThread } from "./worker-thread.ts";

/** A thread may answer this long after the stop deadline. */
const GRACE_SECONDS = 1;

export interface WorkerSupervisorOptions extends HostOptions, TalkOptions {
  readonly worker: number;
  readonly memory: RingMemory;
  readonly ring: RingWriter;
  readonly registry: LedgerRegistry;
  readonly clock: Clock;
  readonly startThread?: StartThread;
  readonly watchdog?: Watchdog;
}

interface Stopping {
  /** When all must have ended, on the monotonic clock. */
  readonly by: number;
  /** Events that threads which ended meanwhile took along. */
  lost: number;
  hasAnswered: boolean;
}

/**
 * One worker, through all of its threads: starts a thread, talks to it, replaces it when it dies or hangs, and closes
 * the books of the old one.
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
  readonly #aside = new AsideFrames();
  /** A prepare and its commit belong together: a reload, a replacement and a stop take turns. */
  readonly #changes = new Mutex();
  #thread: WorkerThread | null = null;
  /** The talk with the thread, or with the last one. */
  #talk: WorkerTalk | null = null;
  #state: WorkerReport["state"] = "stopped";
  #assignment: Assignment = { files: [], owned: [] };
  #taps: readonly string[] = [];
  #replaced = 0;
  /** Resolves when the end of the last thread is dealt with. */
  #exit: Promise<void> = Promise.resolve();
  /** Ends of threads that are not dealt with yet, and replacements that have not begun to run. */
  #coming = 0;
  #cancelRetry: Cancel = () => {};
  /** There is no thread for a while: events are shed, so many by now. */
  #rest: { shed: number } | null = null;
  /** `null`: the worker is not to stop. */
  #stopping: Stopping | null = null;

  constructor(options: WorkerSupervisorOptions) {
    this.#options = options;
    this.#watchdog = options.watchdog ?? new Watchdog(options);
    this.#poison = new PoisonRecord({ ...options, ledgers: this.#ledgers });
  }

  /** Starts a thread that follows the ring from the newest record on. */
  open(): void {
    this.#options.ring.attach(this.#options.worker, "newest");
    this.#start();
  }

  /** Sends a run of frames that the ring is too small for; its record follows. */
  sendAside(bytes: SharedArrayBuffer): void {
    const { ring, worker } = this.#options;
    this.#aside.send(bytes, ring.events, ring.done(worker));
  }

  /** Resolves when nobody else changes what the thread runs, with a function that lets the next one. */
  reserve(): Promise<() => void> {
    return this.#changes.lock();
  }

  /** Has the thread evaluate its files; what runs goes on. */
  async prepare(assignment: Assignment): Promise<readonly Problem[]> {
    if (this.#thread === null) return [];
    this.#talk?.post({ kind: "prepare", assignment });
    const answer = await this.#talk?.answer("prepared");
    if (answer?.kind === "prepared") return answer.problems;
    const files = assignment.files.map((file) => file.name).join(", ");
    return [problemOfFile(assignment.files[0]?.file ?? "", `the worker ended while it evaluated ${files}`)];
  }

  /** Somebody listens to these taps. */
  listen(taps: readonly string[]): void {
    this.#taps = taps;
    this.#talk?.post({ kind: "listen", taps });
  }

  /** Asks the thread's index. */
  async search(query: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    if (this.#thread === null || this.#talk === null) return forms.map(() => NO_WORKER);
    return this.#talk.search(query, forms, this.#options.ring.events);
  }

  discard(): void {
    this.#talk?.post({ kind: "discard" });
  }

  /** Swaps to what was prepared. False when the thread is gone: the next one starts with it. */
  async commit(assignment: Assignment): Promise<boolean> {
    this.#assignment = assignment;
    if (this.#thread === null) {
      if (this.#rest !== null) void this.#replace("newest"); // no need to rest any longer: the routes are others
      return true;
    }
    this.#talk?.post({ kind: "commit" });
    const answer = await this.#talk?.answer("committed");
    if (answer?.kind !== "committed") return false;
    const { registry, worker } = this.#options;
    this.#ledgers.open(assignment.owned, answer.started, answer.begun);
    registry.open(worker + 1, answer.started);
    return true;
  }

  /** Checks that the thread gets on; a thread that hangs is ended, and so replaced. */
  look(): void {
    if (this.#state !== "running" || this.#thread === null) return;
    const hang = this.#watchdog.look();
    if (hang === null) return;
    this.#state = "stuck";
    const seconds = Math.round(hang.seconds * 10) / 10;
    this.#options.log.error(hang.message, { worker: this.#options.worker + 1, seconds });
    void this.#thread.terminate();
  }

  /** Settles the books of pipelines whose thread is gone and not replaced yet: events that came meanwhile are shed. */
  account(): void {
    if (this.#rest !== null) this.#rest.shed += this.#ledgers.shed(this.#options.ring.events);
  }

  /** Events in the ring that were not offered to its pipelines yet, for all of them. */
  get unoffered(): number {
    return this.#ledgers.unoffered(this.#options.ring.events);
  }

  report(): WorkerReport {
    const { ring, worker } = this.#options;
    return {
      id: worker + 1,
      state: this.#state,
      replaced: this.#replaced,
      heapBytes: ring.heapBytes(worker),
      stateBytes: ring.stateBytes(worker),
      indexEvents: ring.indexEvents(worker),
    };
  }

  /**
   * Has the pipelines finish what the ring holds, within `seconds`: also those of a thread that is being replaced, or is
   * lost meanwhile. What no pipeline was offered then is lost.
   */
  async stop(seconds: number): Promise<StopReport> {
    const { ring, clock } = this.#options;
    const stopping = { by: monotonic() + seconds, lost: 0, hasAnswered: false };
    this.#stopping = stopping;
    this.#cancelRetry();
    const hadThread = this.#isThreadExpected;
    let cancel: Cancel = () => {};
    const late = new Promise<null>((resolve) => {
      cancel = clock.after(seconds + GRACE_SECONDS, () => resolve(null));
    });
    const report = await Promise.race([this.#finish(stopping), late]);
    cancel();
    const isLate = this.#isThreadExpected;
    this.#state = "stopped";
    await this.#thread?.terminate();
    await this.#exit;
    this.account();
    const unread = this.#ledgers.lose(ring.events, "stop");
    const stuck = [...(report?.stuck ?? [])];
    if (hadThread && report === null)
      stuck.push(this.#named(isLate ? "did not answer" : "ended before it had finished"));
    else if (unread > 0) stuck.push(this.#named(`${unread} events not offered`));
    return { stuck, lost: (report?.lost ?? 0) + stopping.lost + unread + (this.#rest?.shed ?? 0) };
  }

  /** The report of the thread that has finished, which may be a later one than now runs; `null` when there is none. */
  async #finish(stopping: Stopping): Promise<StopReport | null> {
    while (this.#isThreadExpected) {
      await this.#exit;
      const release = await this.#changes.lock();
      if (this.#thread !== null) this.#talk?.post({ kind: "stop", seconds: Math.max(0, stopping.by - monotonic()) });
      const answer = this.#thread === null ? null : await this.#talk?.answer("stopped");
      release();
      stopping.hasAnswered = answer?.kind === "stopped";
      if (answer?.kind === "stopped") return answer.report;
    }
    return null;
  }

  get #isStopped(): boolean {
    return this.#state === "stopped";
  }

  /** There is a thread, or one will replace the last. */
  get #isThreadExpected(): boolean {
    return !this.#isStopped && (this.#thread !== null || this.#coming > 0);
  }

  #start(): void {
    const { worker, memory, ring, inbox, maxStateBytes, defaultTtl, maxAhead, stopDeadline, log } = this.#options;
    const { startThread = startWorkerThread } = this.#options;
    const talk = new WorkerTalk(this.#options);
    const aside = new MessageChannel();
    const init = {
      worker,
      ring: memory,
      port: talk.theirs,
      aside: aside.port2,
      inbox,
      maxStateBytes,
      defaultTtl,
      maxAhead,
      stopDeadline,
    };
    this.#talk = talk;
    this.#aside.open(aside.port1, ring.done(worker));
    this.#watchdog.started();
    const thread = startThread(init, log, () => this.#gone(thread));
    this.#thread = thread;
    talk.post({ kind: "listen", taps: this.#taps });
    this.#state = "running";
  }

  #gone(thread: WorkerThread): void {
    if (thread !== this.#thread) return;
    this.#thread = null;
    this.#options.ring.detach(this.#options.worker);
    this.#talk?.close();
    this.#aside.close();
    this.#coming++;
    // Pending answers come first: the pipelines that they say were started belong into the books that are closed now.
    this.#exit = new Promise((resolve) =>
      setImmediate(() => {
        this.#onThreadExit();
        this.#coming--;
        resolve();
      }),
    );
  }

  /** Closes the books of the thread that is gone, and sees to the next one. */
  #onThreadExit(): void {
    const { worker, ring, log, clock, registry, relieved } = this.#options;
    let lost = registry.close(worker + 1);
    this.#talk?.giveUp();
    if (this.#stopping?.hasAnswered === true) return;
    if (!this.#isStopped) lost += this.#poison.ended();
    if (this.#stopping !== null) this.#stopping.lost += lost;
    if (this.#isStopped) return;
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
    } else if (this.#stopping === null || this.#ledgers.unoffered(ring.events) > 0) {
      log.warn("worker is replaced, its pipelines start anew", fields);
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
        await this.#thread?.terminate();
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
