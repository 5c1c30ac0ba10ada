import { type Cancel, monotonic, SystemClock } from "../core/clock.ts";
import { usesIndex } from "../core/edges.ts";
import type { Log } from "../core/log.ts";
import type { PipelineReport } from "../engine/report.ts";
import type { ProbedPipeline } from "../routes/probed.ts";
import type { Problem } from "../routes/problem.ts";
import { Berth, LOOK_SECONDS } from "./berth.ts";
import { allOf, type StopReport } from "./ending.ts";
import { assignHomes } from "./homes.ts";
import type { Hosting, HostingOptions, RouteSet } from "./hosting.ts";
import { Injection } from "./injection.ts";
import { LedgerBook } from "./ledger-book.ts";
import { Listeners } from "./listeners.ts";
import type { Answer, Form, Listener, WorkerReport } from "./report.ts";
import { type RingMemory, RingWriter, ringMemory } from "./ring.ts";
import { RingIntake } from "./ring-intake.ts";
import { NO_INDEX } from "./search.ts";
import type { Duty } from "./thread-host.ts";

/** When pipelines move between workers, senders are held up so long at most: less than an answer may take. */
const STAND_STILL_SECONDS = 1.5;
const LOOK_AGAIN_SECONDS = 0.005;

/** Pipelines in worker threads, each whole in one of them. This thread checks frames, writes the ring and watches over the workers. */
export class Fleet implements Hosting {
  readonly intake: RingIntake;
  readonly #clock = new SystemClock();
  readonly #book = new LedgerBook();
  readonly #ring: RingWriter;
  readonly #berths: readonly Berth[];
  readonly #homes = new Map<string, number>();
  /** The worker with the index, when the routes have one. */
  #indexHome: number | null = null;
  #cancelWatch: Cancel = () => {};
  readonly #log: Log;
  readonly #injection: Injection;
  readonly #listeners = new Listeners((taps) => {
    for (const berth of this.#berths) berth.listen(taps);
  });
  #isOpen = false;

  constructor(workers: number, options: HostingOptions) {
    this.#log = options.log;
    const memory: RingMemory = ringMemory(workers);
    this.#ring = new RingWriter(memory);
    this.intake = new RingIntake(this.#ring, (bytes) => {
      for (const berth of this.#berths) berth.sendAside(bytes);
    });
    const injection = new Injection(this.intake);
    this.#injection = injection;
    this.#berths = Array.from({ length: workers }, (_, worker) => {
      const relieved = (): void => injection.relieved();
      return new Berth({
        ...options,
        worker,
        memory,
        ring: this.#ring,
        book: this.#book,
        clock: this.#clock,
        relieved,
        inject: (frame) => injection.give(frame),
        show: (tapped) => this.#listeners.hear(tapped),
      });
    });
  }

  async apply(set: RouteSet): Promise<readonly Problem[]> {
    if (set.pipelines.length > 0) this.#open();
    const homes = assignHomes(set.pipelines, this.#homes, this.#berths.length);
    const moving = set.pipelines.filter(({ name }) => (this.#homes.get(name) ?? homes.get(name)) !== homes.get(name));
    const duties = this.#berths.map((_, worker) => duty(set, homes, worker));
    const releases = await Promise.all(this.#berths.map((berth) => berth.reserve()));
    try {
      const prepared = await Promise.all(this.#berths.map((berth, worker) => berth.prepare(duties[worker] ?? NO_DUTY)));
      const problems = unique(prepared.flat());
      // Between two workers there must be nothing that one has read and the other has not.
      if (problems.length === 0 && moving.length > 0 && !(await this.#standStill())) problems.push(cannotMove(moving));
      if (problems.length > 0) {
        for (const berth of this.#berths) berth.discard();
        return problems;
      }
      // One that ends meanwhile is replaced, and its replacement starts with the new routes.
      await Promise.all(this.#berths.map((berth, worker) => berth.commit(duties[worker] ?? NO_DUTY)));
    } finally {
      if (this.intake.isClosed) {
        this.intake.isClosed = false;
        this.#injection.relieved();
      }
      for (const release of releases) release();
    }
    if (moving.length > 0)
      this.#log.info(
        "channels or the index join pipelines of several workers: these move to another one and start anew",
        {
          pipelines: moving.map(({ name }) => name),
        },
      );
    this.#homes.clear();
    for (const [name, worker] of homes) this.#homes.set(name, worker);
    const user = set.pipelines.find(({ edges }) => usesIndex(edges));
    this.#indexHome = user === undefined ? null : (homes.get(user.name) ?? null);
    this.#book.keep(new Set(homes.keys()));
    return [];
  }

  pipelines(): PipelineReport[] {
    for (const berth of this.#berths) berth.account();
    return this.#book.reports();
  }

  workers(): WorkerReport[] {
    return this.#berths.map((berth) => berth.report());
  }

  listen(tap: string, listener: Listener): Cancel {
    return this.#listeners.add(tap, listener);
  }

  search(query: string, form: Form): Promise<Answer> {
    const berth = this.#berths[this.#indexHome ?? -1];
    return berth === undefined ? Promise.resolve(NO_INDEX) : berth.search(query, form);
  }

  async stop(seconds: number): Promise<StopReport> {
    this.#cancelWatch();
    this.#injection.stop();
    const reports = await Promise.all(this.#berths.map((berth) => berth.stop(seconds)));
    this.#clock.stop();
    return allOf(reports);
  }

  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    for (const berth of this.#berths) berth.open();
    this.#cancelWatch = this.#clock.every(LOOK_SECONDS, () => {
      for (const berth of this.#berths) berth.look();
    });
  }

  /** Takes nothing in until every worker has dealt with all that came before; false when that takes too long. */
  async #standStill(): Promise<boolean> {
    this.intake.isClosed = true;
    const until = monotonic() + STAND_STILL_SECONDS;
    while (!this.#ring.isEmpty && monotonic() < until)
      await new Promise<void>((resolve) => this.#clock.after(LOOK_AGAIN_SECONDS, resolve));
    return this.#ring.isEmpty;
  }
}

const NO_DUTY: Duty = { files: [], owned: [] };

function duty({ files, pipelines }: RouteSet, homes: ReadonlyMap<string, number>, worker: number): Duty {
  const mine = pipelines.filter((pipeline) => homes.get(pipeline.name) === worker);
  const routes = new Set(mine.map((pipeline) => pipeline.route));
  return { files: files.filter((file) => routes.has(file.file)), owned: mine.map((pipeline) => pipeline.name) };
}

function cannotMove(moving: readonly ProbedPipeline[]): Problem {
  const names = moving.map(({ name }) => JSON.stringify(name)).join(", ");
  const message =
    `channels or the index join pipelines of several workers, and ${names} cannot move now: a worker does not keep up ` +
    "with what comes in; load the routes again when it does, or restart the daemon";
  const { file = "", line = null, column = null, source = null } = moving[0] ?? {};
  return { file, line, column, source, message, severity: "error" };
}

function unique(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem);
    return !seen.has(key) && seen.add(key);
  });
}
