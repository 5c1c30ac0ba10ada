import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { Cancel, Clock } from "../core/clock.ts";
import { setState, writeOff } from "../engine/ledger.ts";
import { RestartIntensity } from "../engine/restart-intensity.ts";
import { formatProblem, type Problem, problemOfFile } from "../routes/problem.ts";
import type { Assignment, PipelineHandle } from "../runtime/pipeline-runtime.ts";
import type { Answer, Form, WorkerReport } from "../runtime/report.ts";
import type { StopReport } from "../runtime/shutdown.ts";
import { output } from "../text/stdout-queue.ts";
import type { HostOptions } from "./host.ts";
import type { LedgerRegistry } from "./ledger-registry.ts";
import type { WorkerInit } from "./messages.ts";
import type { RingMemory, RingWriter } from "./ring.ts";
import { WorkerLedger } from "./worker-ledger.ts";
import { workerLimits } from "./worker-limits.ts";
import { NO_WORKER, type TalkOptions, WorkerTalk } from "./worker-talk.ts";

/** A worker whose loop stands still this long is replaced … */
const HUNG_SECONDS = 5;
/** … or this long, when the others wait for it: the ring is full of what it has not read. */
const IN_THE_WAY_SECONDS = 1;

/** How often the loops are checked. */
export const LOOK_SECONDS = 0.25;

interface WorkerSupervisorOptions extends HostOptions, TalkOptions {
  readonly worker: number;
  readonly memory: RingMemory;
  readonly ring: RingWriter;
  readonly registry: LedgerRegistry;
  readonly clock: Clock;
}

/**
 * One worker, through all of its threads: starts a thread, talks to it, replaces it when it dies or hangs, and closes
 * the books of the old one.
 *
 * closed → open (thread runs) → empty (thread is gone, the next one starts at once, or after a while when this happens
 * too often; meanwhile its pipelines' events are shed) → open … → stopped
 */
export class WorkerSupervisor {
  readonly #options: WorkerSupervisorOptions;
  readonly #restarts = new RestartIntensity();
  #thread: Worker | null = null;
  /** The talk with the thread, or with the last one. */
  #talk: WorkerTalk | null = null;
  #aside: MessagePort | null = null;
  #state: WorkerReport["state"] = "stopped";
  #assignment: Assignment = { files: [], owned: [] };
  readonly #ledgers = new WorkerLedger();
  #replaced = 0;
  /** Events that the last thread took along. */
  #lostAtEnd = 0;
  #isStopping = false;
  #heard: readonly string[] = [];
  #beat = 0;
  #stillFor = 0;
  #lookedAt = 0;
  #cancelRetry: Cancel = () => {};
  /** A prepare and its commit belong together: a reload and a replacement take turns. */
  #reserved: Promise<void> = Promise.resolve();
  /** Runs of frames that the thread may not be done with, each with the number of its first event. */
  #sentAside: { readonly first: number; readonly bytes: SharedArrayBuffer }[] = [];
  /** Events written up to where the books are settled of pipelines that have to do without a thread for a while. */
  #settled: number | null = null;

  constructor(options: WorkerSupervisorOptions) {
    this.#options = options;
  }

  /** Starts a thread that follows the ring from the newest record on. */
  open(): void {
    this.#options.ring.attach(this.#options.worker, "newest");
    this.#start();
  }

  /** Sends a run of frames that the ring is too small for; its record follows. */
  sendAside(bytes: SharedArrayBuffer): void {
    const { ring, worker } = this.#options;
    const done = ring.done(worker);
    this.#sentAside = this.#sentAside.filter(({ first }) => first >= done);
    this.#sentAside.push({ first: ring.events, bytes });
    this.#aside?.postMessage(bytes);
  }

  /** Resolves when nobody else changes what the thread runs, with a function that lets the next one. */
  async reserve(): Promise<() => void> {
    const before = this.#reserved;
    let release = (): void => {};
    this.#reserved = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
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
    this.#heard = taps;
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
      if (this.#settled !== null) void this.#replace("newest"); // no need to rest any longer: the routes are others
      return true;
    }
    this.#talk?.post({ kind: "commit" });
    const answer = await this.#talk?.answer("committed");
    if (answer?.kind !== "committed") return false;
    this.#opened(answer.started, answer.begun);
    return true;
  }

  /** Checks that the thread's loop turns; a thread that hangs is ended, and so replaced. */
  look(): void {
    const { ring, worker, clock, log } = this.#options;
    const now = clock.now();
    const beat = ring.beat(worker);
    // When this thread too had to wait for the processor, that is no fault of the worker's.
    const passed = this.#lookedAt === 0 ? 0 : Math.min(now - this.#lookedAt, LOOK_SECONDS);
    this.#lookedAt = now;
    this.#stillFor = beat === this.#beat ? this.#stillFor + passed : 0;
    this.#beat = beat;
    if (this.#state !== "running" || this.#thread === null) return;
    const limit = ring.isInTheWay(worker) ? IN_THE_WAY_SECONDS : HUNG_SECONDS;
    if (this.#stillFor < limit) return;
    this.#state = "stuck";
    log.error("worker hangs: user code does not return, the worker is replaced", {
      worker: worker + 1,
      seconds: Math.round(this.#stillFor * 10) / 10,
    });
    void this.#thread.terminate();
  }

  /** Settles the books of pipelines whose thread is gone and not replaced yet: events that came meanwhile are shed. */
  account(): void {
    if (this.#settled === null) return;
    const { events } = this.#options.ring;
    this.#ledgers.shed(events - this.#settled);
    this.#settled = events;
  }

  report(): WorkerReport {
    const { ring, worker } = this.#options;
    const [heapBytes, indexEvents] = [ring.heapBytes(worker), ring.indexEvents(worker)];
    return { id: worker + 1, state: this.#state, replaced: this.#replaced, heapBytes, indexEvents };
  }

  async stop(seconds: number): Promise<StopReport> {
    this.#isStopping = true;
    this.#cancelRetry();
    const thread = this.#thread;
    if (thread === null) return { stuck: [], lost: 0 };
    this.#talk?.post({ kind: "stop", seconds });
    const { clock, worker } = this.#options;
    const cancel = clock.after(seconds + 1, () => void thread.terminate());
    const answer = await this.#talk?.answer("stopped");
    cancel();
    await thread.terminate();
    this.#state = "stopped";
    if (answer?.kind === "stopped") return answer.report;
    return { stuck: [`worker ${worker + 1}: did not answer`], lost: this.#lostAtEnd };
  }

  #start(): void {
    const { worker, memory, ring, inbox, defaultTtl, stopDeadline } = this.#options;
    const talk = new WorkerTalk(this.#options);
    const { port1, port2 } = new MessageChannel();
    this.#talk = talk;
    this.#aside = port1;
    const done = ring.done(worker);
    for (const { first, bytes } of this.#sentAside) if (first >= done) port1.postMessage(bytes);
    const init: WorkerInit = { worker, ring: memory, port: talk.theirs, aside: port2, inbox, defaultTtl, stopDeadline };
    const thread = new Worker(new URL("./worker.js", import.meta.url), {
      workerData: init,
      transferList: [talk.theirs, port2],
      name: `pipelines ${worker + 1}`,
      stdout: true,
      stderr: true,
      resourceLimits: workerLimits(),
    });
    thread.stdout.on("data", (chunk: Buffer) => output(String(chunk), () => {}));
    thread.stderr.on("data", (chunk: Buffer) =>
      this.#options.log.warn("route code wrote to the standard error", { text: String(chunk) }),
    );
    thread.on("error", (error) => this.#options.log.error("worker died", { worker: worker + 1, error: error.message }));
    thread.on("exit", () => this.#gone(thread));
    this.#thread = thread;
    this.#talk?.post({ kind: "listen", taps: this.#heard });
    this.#state = "running";
    this.#stillFor = -HUNG_SECONDS; // it may take a while to come up
  }

  #gone(thread: Worker): void {
    if (thread !== this.#thread) return;
    this.#thread = null;
    this.#options.ring.detach(this.#options.worker);
    this.#talk?.close();
    this.#aside?.close();
    this.#aside = null;
    // Pending answers come first: the pipelines that they say were started belong into the books that are closed now.
    setImmediate(() => this.#onThreadExit());
  }

  /** Closes the books of the thread that is gone, and sees to the next one. */
  #onThreadExit(): void {
    const { worker, ring, registry, log, clock } = this.#options;
    this.#lostAtEnd = 0;
    for (const { counts, places } of registry.of(worker + 1)) {
      this.#lostAtEnd += writeOff(counts, places.length);
      setState(counts, "stopped");
    }
    registry.close(worker + 1);
    this.#talk?.giveUp();
    if (this.#isStopping) {
      this.#lostAtEnd += this.#ledgers.shedUnoffered(ring.events);
      return;
    }
    this.#replaced++;
    this.#state = "starting";
    const wait = this.#restarts.restarted(clock.now());
    const fields = { worker: worker + 1, pipelines: this.#assignment.owned };
    if (wait > 0) {
      log.error("worker failed: it ended too often, its pipelines' events are shed until it is tried again", {
        ...fields,
        retry_in_seconds: wait,
      });
      this.#ledgers.setState("failed");
      this.#lostAtEnd += this.#ledgers.shedUnoffered(ring.events);
      this.#settled = ring.events;
      this.#cancelRetry = clock.after(wait, () => void this.#replace("newest"));
    } else {
      log.warn("worker is replaced, its pipelines start anew", fields);
      void this.#replace("undone");
    }
    this.#options.relieved();
  }

  async #replace(from: "undone" | "newest"): Promise<void> {
    const { ring, worker, log } = this.#options;
    this.#cancelRetry();
    this.account();
    this.#settled = null;
    ring.attach(worker, from);
    const release = await this.reserve();
    try {
      if (this.#isStopping) return;
      this.#start();
      // What the lost thread had offered to a pipeline is not offered again: it may be what the thread was lost by.
      const problems = await this.prepare({ ...this.#assignment, since: this.#ledgers.next });
      if (problems.length > 0) {
        // What loaded before does not now (a file it reads has changed): no thread that hosts nothing may hold up the ring.
        const words = problems.map((problem) => formatProblem(problem)).join("\n");
        log.error("routes do not load in the new worker", { worker: worker + 1, problems: words });
        await this.#thread?.terminate();
      } else await this.commit(this.#assignment);
    } finally {
      release();
    }
  }

  #opened(started: readonly PipelineHandle[], begun: number): void {
    const { registry, worker } = this.#options;
    this.#ledgers.open(this.#assignment.owned, started, begun);
    registry.open(worker + 1, started);
  }
}
