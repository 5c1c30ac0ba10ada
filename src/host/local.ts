import { type Cancel, SystemClock } from "../core/clock.ts";
import type { PipelineReport } from "../engine/report.ts";
import { coerceError } from "../errors.ts";
import type { Problem } from "../routes/problem.ts";
import type { StopReport } from "./ending.ts";
import type { Hosting, HostingOptions, RouteSet } from "./hosting.ts";
import { Injection } from "./injection.ts";
import { LedgerBook } from "./ledger-book.ts";
import { Listeners } from "./listeners.ts";
import { LocalIntake } from "./local-intake.ts";
import { overloadFrame } from "./overload.ts";
import type { Answer, Form, Listener, WorkerReport } from "./report.ts";
import { ThreadHost } from "./thread-host.ts";

/** `workers: 0`: all pipelines in the main thread. Least memory and latency; user code that loops stops everything. */
export class Local implements Hosting {
  readonly intake: LocalIntake;
  readonly #clock = new SystemClock();
  readonly #book = new LedgerBook();
  readonly #host: ThreadHost;
  readonly #injection: Injection;
  readonly #listeners = new Listeners((taps) => this.#host.taps.listen(taps));
  /** An error that no stage was asked about: the route file in its stack is to blame. */
  readonly #onStray: (thrown: unknown) => void;

  constructor(options: HostingOptions) {
    const clock = this.#clock;
    this.#host = new ThreadHost({
      ...options,
      clock,
      relieved: () => this.#injection.relieved(),
      overloaded: (pipeline, description) => void this.#injection.give(overloadFrame(pipeline, description)),
      inject: (frame) => this.#injection.give(frame),
      show: (tapped) => this.#listeners.hear(tapped),
    });
    this.intake = new LocalIntake(clock, this.#host.router, this.#host.thread);
    this.#injection = new Injection(this.intake);
    this.#onStray = (thrown) => {
      const error = coerceError(thrown);
      if (this.#host.blame(error)) return;
      options.log.error("error outside of any route file", { error: error.stack });
      // Whoever else listens decides; when nobody does the process ends, as it would without us.
      if (process.listenerCount("uncaughtException") === 1) process.exit(1);
    };
    process.on("uncaughtException", this.#onStray);
    process.on("unhandledRejection", this.#onStray);
  }

  async apply({ files, pipelines }: RouteSet): Promise<readonly Problem[]> {
    const problems = this.#host.prepare({ files, owned: pipelines.map((pipeline) => pipeline.name) });
    if (problems.length > 0) return problems;
    this.#book.open(0, this.#host.commit());
    this.#book.keep(new Set(pipelines.map((pipeline) => pipeline.name)));
    return [];
  }

  pipelines(): PipelineReport[] {
    return this.#book.reports();
  }

  workers(): WorkerReport[] {
    const { heapUsed: heapBytes } = process.memoryUsage();
    return [{ id: 0, state: "running", replaced: 0, heapBytes, indexEvents: this.#host.indexEvents }];
  }

  listen(tap: string, listener: Listener): Cancel {
    return this.#listeners.add(tap, listener);
  }

  search(query: string, form: Form): Promise<Answer> {
    return this.#host.search(query, form);
  }

  async stop(seconds: number): Promise<StopReport> {
    this.#injection.stop();
    const report = await this.#host.stop(seconds);
    this.#clock.stop();
    process.off("uncaughtException", this.#onStray);
    process.off("unhandledRejection", this.#onStray);
    return report;
  }
}
