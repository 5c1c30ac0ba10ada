import { type Cancel, SystemClock } from "../core/clock.ts";
import { partitionsOf } from "../core/spread.ts";
import type { DropReason } from "../core/stage.ts";
import type { TargetNews } from "../core/target-port.ts";
import type { TargetReport } from "../delivery/report.ts";
import { totalsOf } from "../delivery/target-totals.ts";
import { Targets } from "../delivery/targets.ts";
import type { PipelineReport } from "../engine/report.ts";
import { coerceError } from "../errors.ts";
import type { Problem } from "../routes/problem.ts";
import { InternalSource } from "../runtime/internal-source.ts";
import { LocalIntake } from "../runtime/local-intake.ts";
import { MistimedEvents } from "../runtime/mistimed-events.ts";
import { overloadFrame } from "../runtime/overload.ts";
import { PipelineRuntime } from "../runtime/pipeline-runtime.ts";
import type { Answer, Form, Listener, MistimedReport, WorkerReport } from "../runtime/report.ts";
import type { StopReport } from "../runtime/shutdown.ts";
import { TapSubscribers } from "../runtime/tap-subscribers.ts";
import { newsFrame, newTargetScope } from "../runtime/target-scope.ts";
import type { Silence } from "../silences/silence.ts";
import { WRITERS } from "../sinks/writers.ts";
import type { AlertStore } from "./alert-store.ts";
import type { Host, HostOptions, RouteSet } from "./host.ts";
import { LedgerRegistry } from "./ledger-registry.ts";
import type { StateStore } from "./state-store.ts";
import type { TroubleStore } from "./trouble-store.ts";

/** `workers: 0`: all pipelines in the main thread. Least memory and latency; user code that loops stops everything. */
export class InlineHost implements Host {
  readonly intake: LocalIntake;
  readonly #clock: SystemClock;
  readonly #mistimed: MistimedEvents;
  readonly #registry = new LedgerRegistry();
  readonly #targets: Targets;
  readonly #host: PipelineRuntime;
  readonly #internal: InternalSource;
  readonly #subscribers: TapSubscribers;
  readonly #alerts: AlertStore;
  readonly #state: StateStore;
  readonly #troubles: TroubleStore;
  readonly #cancelSave: Cancel;
  /** An error outside of any stage: it is attributed to the route file in its stack. */
  readonly #onStray: (thrown: unknown) => void;

  constructor(options: HostOptions) {
    const { state } = options;
    const clock = new SystemClock(options.maxAhead, state.origin);
    this.#clock = clock;
    this.#alerts = options.alerts;
    this.#state = state;
    state.begin({ workers: 1, partitionKey: options.partitionKey });
    this.#troubles = options.troubles;
    this.#subscribers = new TapSubscribers((taps, capacity) => this.#host.taps.listen(taps, capacity), clock);
    this.#targets = new Targets(
      newTargetScope({ clock, log: options.log, dataDir: options.dataDir }, (news) =>
        options.troubles.hear(news, this),
      ),
      WRITERS,
    );
    this.#host = new PipelineRuntime({
      ...options,
      clock,
      targets: this.#targets,
      entered: () => {},
      relieved: () => this.#internal.relieved(),
      overloaded: (pipeline, description) => void this.#internal.give(overloadFrame(pipeline, description)),
      journal: undefined,
      inject: (frame, origin) => this.#internal.reinject(frame, origin),
      keepAlerts: (changes) => options.alerts.keep(changes),
      label: "",
      mine: partitionsOf(0, 1),
      keepState: state.isOn ? (kept) => state.keep(kept) : null,
      show: (tapped) => this.#subscribers.hear(tapped),
    });
    this.#cancelSave = state.everyInterval(clock, () => void this.#host.saveState());
    this.#mistimed = new MistimedEvents(options.timeUnits, clock, options.log);
    const { router, thread } = this.#host;
    this.intake = new LocalIntake(router, thread, this.#mistimed);
    this.#internal = new InternalSource(this.intake, () => this.intake.listeners.released());
    this.#onStray = (thrown) => {
      const error = coerceError(thrown);
      if (this.#host.blame(error)) return;
      options.log.error("error outside of any route file", { error: error.stack });
      // Other listeners decide; without any, the process ends, as it would without us.
      if (process.listenerCount("uncaughtException") === 1) process.exit(1);
    };
    process.on("uncaughtException", this.#onStray);
    process.on("unhandledRejection", this.#onStray);
  }

  async settled(): Promise<void> {}

  async apply({ files, pipelines }: RouteSet): Promise<readonly Problem[]> {
    const problems = this.#host.prepare({ files, owned: pipelines.map((pipeline) => pipeline.name) });
    if (problems.length > 0) return problems;
    const names = pipelines.map((pipeline) => pipeline.name);
    const had = this.#registry.states().map(({ name }) => name);
    this.#state.claim(pipelines);
    const added = names.filter((name) => !had.includes(name));
    this.#host.loadState(await this.#state.of(added, had.length > 0));
    await this.#host.settle();
    // Those that run know more of their alerts than the store does.
    this.#host.loadAlerts(this.#alerts.of(added));
    this.#registry.open(0, this.#host.commit());
    this.#registry.keep(new Map(names.map((name) => [name, "the main thread: there are no workers"])));
    this.#alerts.claim(pipelines);
    this.#troubles.claim(pipelines);
    return [];
  }

  pipelines(): Iterable<PipelineReport> {
    return this.#registry.reports();
  }

  states(): Pick<PipelineReport, "name" | "state">[] {
    return this.#registry.states();
  }

  mistimed(): MistimedReport {
    return this.#mistimed.report;
  }

  workers(): WorkerReport[] {
    const { heapUsed: heapBytes } = process.memoryUsage();
    const { stateBytes, indexEvents } = this.#host;
    return [{ id: 0, state: "running", replaced: 0, heapBytes, stateBytes, indexEvents }];
  }

  targets(): readonly TargetReport[] {
    return totalsOf(this.#targets.reports());
  }

  tell(news: TargetNews): Promise<DropReason | null> {
    return this.#internal.give(newsFrame(news));
  }

  unoffered(): number {
    return this.intake.pending * this.#host.router.supervisors.length;
  }

  listen(tap: string, listener: Listener): Cancel {
    return this.#subscribers.add(tap, listener);
  }

  silence(silences: readonly Silence[]): void {
    this.#host.silences.replace(silences);
  }

  search(query: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    return this.#host.search(query, forms);
  }

  async stop(seconds: number): Promise<StopReport> {
    this.#internal.stop();
    this.#cancelSave();
    this.#host.unsavable = this.#state.unsavable;
    const report = await this.#host.stop(seconds);
    this.#clock.stop();
    process.off("uncaughtException", this.#onStray);
    process.off("unhandledRejection", this.#onStray);
    return report;
  }
}
