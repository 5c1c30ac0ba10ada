import type { TestContext } from "node:test";
import type { MessagePort } from "node:worker_threads";
import type { Log } from "../../src/core/log.ts";
import { HandoverReceiver } from "../../src/delivery/handover-receiver.ts";
import { Targets } from "../../src/delivery/targets.ts";
import { ACCEPTED, add, HANDLED, newCounts, OFFERED, RECEIVED, rowAt } from "../../src/engine/ledger.ts";
import type { PipelineReport } from "../../src/engine/report.ts";
import { AlertStore } from "../../src/host/alert-store.ts";
import { LedgerRegistry } from "../../src/host/ledger-registry.ts";
import type { FromWorker, ToWorker, WorkerInit } from "../../src/host/messages.ts";
import { ringMemory } from "../../src/host/ring.ts";
import { RingReader } from "../../src/host/ring-reader.ts";
import { RingWriter } from "../../src/host/ring-writer.ts";
import { StateStore } from "../../src/host/state-store.ts";
import { TroubleStore } from "../../src/host/trouble-store.ts";
import { Watchdog } from "../../src/host/watchdog.ts";
import { WorkerSupervisor } from "../../src/host/worker-supervisor.ts";
import type { Assignment, PipelineHandle } from "../../src/runtime/live-files.ts";
import type { StopReport } from "../../src/runtime/shutdown.ts";
import { newTargetScope } from "../../src/runtime/target-scope.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const NO_HOST = { tell: () => Promise.resolve(null), targets: () => [] };

/** A thread that does what a test says: its messages come and go by the port of a real one. */
export class FakeThread {
  readonly ring: RingReader;
  readonly pipelines: PipelineHandle[] = [];
  /** The kinds of the messages that it was sent, `listen` aside. */
  readonly heard: string[] = [];
  readonly #port: MessagePort;
  readonly #exited: () => void;
  #wake: (() => void)[] = [];
  #assignment: Assignment = { files: [], owned: [] };
  #isGone = false;

  constructor(init: WorkerInit, exited: () => void) {
    this.ring = new RingReader(init.ring, init.worker, () => {});
    this.#port = init.port;
    this.#exited = exited;
    init.port.on("message", (message: ToWorker) => {
      if (["listen", "silence"].includes(message.kind)) return;
      if (message.kind === "prepare") this.#assignment = message.assignment;
      this.heard.push(message.kind);
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  /** Resolves once it has been sent so many messages of a kind. */
  async told(kind: ToWorker["kind"]): Promise<void> {
    while (!this.heard.includes(kind)) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  say(message: FromWorker): void {
    this.#port.postMessage(message);
  }

  /** Loads the pipelines that it is told to load. */
  async boot(): Promise<void> {
    await this.told("prepare");
    this.say({ kind: "prepared", problems: [] });
    await this.told("commit");
    const { owned, since } = this.#assignment;
    for (const name of owned) {
      const about = {
        name,
        file: "/r.ts",
        line: 1,
        places: ["count#0"],
        channel: null,
        spread: "all" as const,
        since: since?.get(name) ?? 0,
      };
      this.pipelines.push({ ...about, counts: newCounts(1) });
    }
    this.say({ kind: "committed", begun: this.ring.begunOf, started: this.pipelines });
  }

  /** Begins the next record and offers it to pipelines, all but for those that are told. Returns its text. */
  begin({ notTo = [] as readonly string[] } = {}): string | null {
    const first = this.ring.begun;
    if (this.ring.next() === "none") return null;
    for (const pipeline of this.pipelines) {
      if (notTo.includes(pipeline.name)) continue;
      const events = Math.max(0, this.ring.begun - Math.max(first, pipeline.since));
      for (const slot of [OFFERED, ACCEPTED, rowAt(0) + RECEIVED]) add(pipeline.counts, slot, events);
    }
    return this.ring.bytes.toString("latin1", this.ring.start, this.ring.end);
  }

  /** Handles all that the ring holds, or so many records. Returns the texts. */
  read(most = Number.POSITIVE_INFINITY): string[] {
    const texts: string[] = [];
    while (texts.length < most) {
      const text = this.begin();
      if (text === null) break;
      texts.push(text);
      this.ring.done();
    }
    for (const { counts } of this.pipelines) counts[rowAt(0) + HANDLED] = counts[rowAt(0) + RECEIVED] ?? 0;
    return texts;
  }

  /** Answers the stop. */
  async finish(report: StopReport = { stuck: [], lost: 0 }): Promise<void> {
    await this.told("stop");
    this.read();
    this.say({ kind: "stopped", report });
  }

  exit(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#port.close();
    setImmediate(this.#exited);
  }

  async terminate(): Promise<void> {
    this.exit();
  }
}

/** A worker's supervisor with threads that a test plays. */
export class SupervisedWorker {
  readonly clock = new VirtualClock(1000);
  readonly supervisor: WorkerSupervisor;
  readonly log: { readonly message: string; readonly fields: Record<string, unknown> }[] = [];
  readonly writer: RingWriter;
  readonly state: StateStore;
  readonly #registry = new LedgerRegistry();
  readonly #threads: FakeThread[] = [];
  #wake: (() => void)[] = [];

  /** One whose first thread has loaded these pipelines. */
  static async start(t: TestContext, ...pipelines: string[]): Promise<SupervisedWorker> {
    const worker = new SupervisedWorker();
    t.after(() => worker.#end());
    const assignment: Assignment = { files: [], owned: pipelines };
    worker.supervisor.open();
    const booted = (await worker.thread(1)).boot();
    await worker.supervisor.prepare(assignment);
    await worker.supervisor.commit(assignment);
    await booted;
    return worker;
  }

  private constructor() {
    const memory = ringMemory(1, 0, 64 * 1024);
    const ring = new RingWriter(memory);
    this.writer = ring;
    const line = (message: string, fields: Record<string, unknown> = {}): void =>
      void this.log.push({ message, fields });
    const log: Log = { debug: line, info: line, warn: line, error: line };
    this.state = StateStore.off({ dir: null, interval: 10, clock: this.clock, log });
    this.supervisor = new WorkerSupervisor({
      ...{ worker: 0, workers: 1, memory, ring, registry: this.#registry, clock: this.clock, log },
      ...{
        inbox: 100,
        maxStateBytes: "auto",
        defaultTtl: 60,
        maxAhead: 60,
        timeUnits: "on",
        partitionKey: "host",
        maxFrame: 1000,
        stopDeadline: 10,
        dataDir: null,
        alerts: new AlertStore({ dataDir: null, keepsState: false, clock: this.clock, log }),
        troubles: new TroubleStore({ dataDir: null, clock: this.clock, log, host: () => NO_HOST }),
        state: this.state,
        journal: null,
        marks: null,
        givenUp: null,
      },
      relieved: () => {},
      inject: () => Promise.resolve(null),
      reinject: () => Promise.resolve(null),
      passed: () => {},
      unreadable: () => {},
      show: () => Promise.resolve(),
      receiver: (post) =>
        new HandoverReceiver(
          new Targets(
            newTargetScope({ clock: this.clock, log, dataDir: null }, () => {}),
            {},
          ),
          1,
          post,
        ),
      mistimed: () => {},
      watchdog: new Watchdog({
        ring,
        worker: 0,
        clock: this.clock,
        threads: { others: () => [], times: () => null },
      }),
      startThread: (init, _, exited) => {
        const thread = new FakeThread(init, exited);
        this.#threads.push(thread);
        for (const wake of this.#wake.splice(0)) wake();
        return thread;
      },
    });
  }

  async #end(): Promise<void> {
    const stopped = this.supervisor.stop(0);
    this.clock.advanceTo(this.clock.now() + 2);
    await stopped;
  }

  /** How many threads there were. */
  get threads(): number {
    return this.#threads.length;
  }

  /** The n-th thread, once it has been started. */
  async thread(n: number): Promise<FakeThread> {
    for (;;) {
      const thread = this.#threads[n - 1];
      if (thread !== undefined) return thread;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** The n-th thread, once it has loaded its pipelines and its supervisor knows. */
  async booted(n: number): Promise<FakeThread> {
    const thread = await this.thread(n);
    await thread.boot();
    const release = await this.supervisor.reserve();
    release();
    return thread;
  }

  /** Writes a record for each text, which stands for so many events. */
  write(events: number, ...texts: string[]): void {
    for (const text of texts) this.writer.write(0, Buffer.from(text), 0, text.length, events);
    this.writer.publish();
  }

  report(pipeline: string): PipelineReport {
    this.supervisor.account();
    const report = this.#registry.report(pipeline);
    if (report === null) throw new Error(`no pipeline ${pipeline}`);
    return report;
  }

  logged(part: string): Record<string, unknown> | undefined {
    return this.log.find(({ message }) => message.includes(part))?.fields;
  }
}
