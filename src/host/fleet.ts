import { type Cancel, SystemClock } from "../core/clock.ts";
import type { PipelineReport } from "../engine/report.ts";
import type { Problem } from "../routes/problem.ts";
import { Berth, LOOK_SECONDS } from "./berth.ts";
import type { Hosting, HostingOptions, RouteSet } from "./hosting.ts";
import { LedgerBook } from "./ledger-book.ts";
import type { WorkerReport } from "./report.ts";
import { type RingMemory, RingWriter, ringMemory } from "./ring.ts";
import { RingIntake } from "./ring-intake.ts";
import { allOf, type Duty, type StopReport } from "./thread-host.ts";

/** Pipelines in worker threads, each whole in one of them. This thread checks frames, writes the ring and watches over the workers. */
export class Fleet implements Hosting {
  readonly intake: RingIntake;
  readonly #clock = new SystemClock();
  readonly #book = new LedgerBook();
  readonly #ring: RingWriter;
  readonly #berths: readonly Berth[];
  readonly #homes = new Map<string, number>();
  #cancelWatch: Cancel = () => {};
  #isOpen = false;

  constructor(workers: number, options: HostingOptions) {
    const memory: RingMemory = ringMemory(workers);
    this.#ring = new RingWriter(memory);
    this.intake = new RingIntake(this.#ring, (bytes) => {
      for (const berth of this.#berths) berth.sendAside(bytes);
    });
    this.#berths = Array.from({ length: workers }, (_, worker) => {
      const relieved = (): void => this.intake.onRelease();
      return new Berth({
        ...options,
        worker,
        memory,
        ring: this.#ring,
        book: this.#book,
        clock: this.#clock,
        relieved,
      });
    });
  }

  async apply(set: RouteSet): Promise<readonly Problem[]> {
    if (set.pipelines.length > 0) this.#open();
    const homes = this.#assign(set);
    const duties = this.#berths.map((_, worker) => duty(set, homes, worker));
    const releases = await Promise.all(this.#berths.map((berth) => berth.reserve()));
    try {
      const prepared = await Promise.all(this.#berths.map((berth, worker) => berth.prepare(duties[worker] ?? NO_DUTY)));
      const problems = unique(prepared.flat());
      if (problems.length > 0) {
        for (const berth of this.#berths) berth.discard();
        return problems;
      }
      // One that ends meanwhile is replaced, and its replacement starts with the new routes.
      await Promise.all(this.#berths.map((berth, worker) => berth.commit(duties[worker] ?? NO_DUTY)));
    } finally {
      for (const release of releases) release();
    }
    this.#homes.clear();
    for (const [name, worker] of homes) this.#homes.set(name, worker);
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

  async stop(seconds: number): Promise<StopReport> {
    this.#cancelWatch();
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

  /** A pipeline stays in its worker; a new one goes where the fewest are. */
  #assign({ pipelines }: RouteSet): Map<string, number> {
    const homes = new Map<string, number>();
    const load = this.#berths.map(() => 0);
    const settle = (name: string, worker: number): void => {
      homes.set(name, worker);
      load[worker] = (load[worker] ?? 0) + 1;
    };
    for (const { name } of pipelines) {
      const home = this.#homes.get(name);
      if (home !== undefined) settle(name, home);
    }
    for (const { name } of pipelines) if (!homes.has(name)) settle(name, load.indexOf(Math.min(...load)));
    return homes;
  }
}

const NO_DUTY: Duty = { files: [], owned: [] };

function duty({ files, pipelines }: RouteSet, homes: ReadonlyMap<string, number>, worker: number): Duty {
  const mine = pipelines.filter((pipeline) => homes.get(pipeline.name) === worker);
  const routes = new Set(mine.map((pipeline) => pipeline.route));
  return { files: files.filter((file) => routes.has(file.file)), owned: mine.map((pipeline) => pipeline.name) };
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem);
    return !seen.has(key) && seen.add(key);
  });
}
