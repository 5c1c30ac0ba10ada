import { type Cancel, SystemClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { usesIndex } from "../core/pipeline-edges.ts";
import { SPREADS, type SpreadField } from "../core/spread.ts";
import type { DropReason } from "../core/stage.ts";
import type { TargetNews } from "../core/target-port.ts";
import { HandoverReceiver } from "../delivery/handover-receiver.ts";
import type { TargetReport } from "../delivery/report.ts";
import { totalsOf } from "../delivery/target-totals.ts";
import { Targets } from "../delivery/targets.ts";
import type { PipelineReport } from "../engine/report.ts";
import type { DryRunPipeline } from "../routes/dry-run-report.ts";
import type { Problem } from "../routes/problem.ts";
import { placementsOf } from "../routes/spread-together.ts";
import { joinAnswers } from "../runtime/answer-writer.ts";
import { InternalSource } from "../runtime/internal-source.ts";
import { NOTHING_KEPT, type SavedState } from "../runtime/kept-state.ts";
import type { Answer, Form, Listener, MistimedReport, WorkerReport } from "../runtime/report.ts";
import { NO_INDEX } from "../runtime/search.ts";
import { allOf, atMost, type StopReport } from "../runtime/shutdown.ts";
import { stopTargets } from "../runtime/stop-targets.ts";
import { TapSubscribers } from "../runtime/tap-subscribers.ts";
import { newsFrame, newTargetScope } from "../runtime/target-scope.ts";
import type { Silence } from "../silences/silence.ts";
import { WRITERS } from "../sinks/writers.ts";
import { partitionBytes } from "../wire/event-partitions.ts";
import type { AlertStore } from "./alert-store.ts";
import { assignmentsOf, BEHIND, cannotMove, ENDED, NO_ASSIGNMENT, statesOf, unique } from "./assignments.ts";
import type { Host, HostOptions, RouteSet } from "./host.ts";
import { JournalIntake } from "./journal-intake.ts";
import { LedgerRegistry } from "./ledger-registry.ts";
import type { Placement } from "./placement.ts";
import { ringMemory } from "./ring.ts";
import { RingIntake } from "./ring-intake.ts";
import { RingWriter } from "./ring-writer.ts";
import type { StateOwner } from "./snapshot-groups.ts";
import { STAND_STILL_SECONDS, standsStill } from "./stand-still.ts";
import type { StateStore } from "./state-store.ts";
import type { TroubleStore } from "./trouble-store.ts";
import { LOOK_SECONDS } from "./watchdog.ts";
import { WorkerSupervisor } from "./worker-supervisor.ts";

/** What the last worker handed over at the deadline is sent, if that is done at once. */
const MIN_FLUSH_SECONDS = 0.5;

/** Pipelines in worker threads. This thread checks frames, writes the ring and watches over the workers. */
export class WorkerPool implements Host {
  readonly intake: RingIntake | JournalIntake;
  readonly #ringIntake: RingIntake;
  readonly #journal: JournalIntake | null;
  readonly #clock: SystemClock;
  readonly #registry = new LedgerRegistry();
  readonly #ring: RingWriter;
  readonly #partitionKey: SpreadField;
  /** Those that have one writer in the process: they outlive the workers that feed them. */
  readonly #targets: Targets;
  readonly #supervisors: readonly WorkerSupervisor[];
  readonly #placement = new Map<string, Placement>();
  /** Where the index is, when the routes have one. */
  #indexPlace: Placement | null = null;
  #cancelWatch: Cancel = () => {};
  #cancelSave: Cancel = () => {};
  readonly #log: Log;
  readonly #alerts: AlertStore;
  readonly #state: StateStore;
  readonly #troubles: TroubleStore;
  readonly #internal: InternalSource;
  readonly #subscribers: TapSubscribers;
  #mistimed: MistimedReport = { timeUnit: 0, ahead: 0 };
  #isOpen = false;

  constructor(workers: number, options: HostOptions) {
    const clock = new SystemClock(options.maxAhead);
    this.#clock = clock;
    this.#subscribers = new TapSubscribers((taps, capacity) => {
      for (const supervisor of this.#supervisors) supervisor.listen(taps, capacity);
    }, clock);
    this.#log = options.log;
    this.#alerts = options.alerts;
    this.#state = options.state;
    this.#troubles = options.troubles;
    const { journal, partitionKey } = options;
    options.state.begin({ workers, partitionKey });
    this.#partitionKey = partitionKey;
    const memory = ringMemory(workers, workers > 1 ? partitionBytes(partitionKey) : 0);
    const ring = new RingWriter(memory, journal?.position);
    this.#ring = ring;
    const inner = new RingIntake(
      ring,
      (bytes) => {
        for (const supervisor of this.#supervisors) supervisor.sendAside(bytes);
      },
      partitionKey,
    );
    this.#ringIntake = inner;
    this.#journal = journal && new JournalIntake({ journal, ring, inner, clock, relieved: () => internal.relieved() });
    this.intake = this.#journal ?? inner;
    const internal = new InternalSource(
      this.intake,
      () => this.intake.listeners.released(),
      this.#journal ?? undefined,
    );
    this.#internal = internal;
    this.#targets = new Targets(
      newTargetScope({ clock, log: options.log, dataDir: options.dataDir }, (news) =>
        options.troubles.hear(news, this),
      ),
      WRITERS,
    );
    if (options.marks !== null) options.marks.isSafe = (until) => this.#targets.isSafe(until);
    this.#supervisors = Array.from({ length: workers }, (_, worker) => {
      const relieved = (): void => internal.relieved();
      return new WorkerSupervisor({
        ...options,
        ...{ worker, workers, memory, ring },
        registry: this.#registry,
        clock,
        relieved,
        inject: (frame) => internal.give(frame),
        reinject: (frame, origin) => internal.reinject(frame, origin),
        receiver: (post) => new HandoverReceiver(this.#targets, workers, post),
        show: (tapped) => this.#subscribers.hear(tapped),
        passed: (given) => options.marks?.passed(worker, given),
        unreadable: (damage) => journal?.unreadable(damage),
        mistimed: ({ timeUnit, ahead }) => {
          const sum = this.#mistimed;
          this.#mistimed = { timeUnit: sum.timeUnit + timeUnit, ahead: sum.ahead + ahead };
        },
      });
    });
  }

  async apply(set: RouteSet): Promise<readonly Problem[]> {
    if (set.pipelines.length > 0) this.#open();
    const { length } = this.#supervisors;
    const found = assignmentsOf(set, this.#placement, length, this.#partitionKey);
    const { spreads, placement, moving, why, each: assignments } = found;
    const releases = await Promise.all(this.#supervisors.map((supervisor) => supervisor.reserve()));
    try {
      const prepared = await Promise.all(
        this.#supervisors.map((supervisor, worker) => supervisor.prepare(assignments[worker] ?? NO_ASSIGNMENT)),
      );
      const problems = unique(prepared.flat());
      // Between two workers there must be nothing that one has read and the other has not.
      if (problems.length === 0 && moving.length > 0 && !(await this.#standStill()))
        problems.push(cannotMove(moving, why, BEHIND));
      if (problems.length > 0) {
        for (const supervisor of this.#supervisors) supervisor.discard();
        return problems;
      }
      for (const [worker] of this.#supervisors.entries()) this.#ring.follow(worker, SPREADS);
      const moved = await this.#release(moving);
      if (moved === null) {
        // What gave its state stands still: all start again, as they were.
        await Promise.all(this.#supervisors.map((supervisor) => supervisor.restart()));
        return [cannotMove(moving, why, ENDED)];
      }
      const before = moving.flatMap((one) => this.#states(one, this.#placement));
      this.#state.claim(
        set.pipelines.flatMap((one) => this.#states(one, placement)),
        before,
      );
      // A worker that ends meanwhile is replaced, and its replacement starts with the new routes.
      await Promise.all(
        this.#supervisors.map((supervisor, worker) => supervisor.commit(assignments[worker] ?? NO_ASSIGNMENT, moved)),
      );
      // What is taken in from here on a crash finds in the journal: all is to have its place there first.
      if (this.#journal !== null) await atMost(this.#clock, STAND_STILL_SECONDS, this.#state.written());
    } finally {
      if (this.#ringIntake.isClosed) {
        this.#ringIntake.isClosed = false;
        this.#internal.relieved();
      }
      for (const release of releases) release();
    }
    if (moving.length > 0) {
      const pipelines = moving.map(({ name }) => name);
      this.#log.info(`${why}: these move, and ${this.#state.isOn ? "go on there" : "start anew"}`, { pipelines });
    }
    this.#placement.clear();
    for (const [name, place] of placement) this.#placement.set(name, place);
    for (const [worker, { owned, spreads }] of assignments.entries())
      this.#ring.follow(worker, [...new Set(owned.map((name) => spreads?.get(name) ?? "all"))]);
    const user = set.pipelines.find(({ edges }) => usesIndex(edges));
    this.#indexPlace = (user && placement.get(user.name)) ?? null;
    this.#registry.keep(placementsOf(spreads));
    this.#alerts.claim(set.pipelines);
    this.#troubles.claim(set.pipelines);
    return [];
  }

  async settled(): Promise<void> {
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.settled()));
  }

  pipelines(): Iterable<PipelineReport> {
    for (const supervisor of this.#supervisors) supervisor.account();
    return this.#registry.reports();
  }

  states(): Pick<PipelineReport, "name" | "state">[] {
    return this.#registry.states();
  }

  mistimed(): MistimedReport {
    return this.#mistimed;
  }

  targets(): readonly TargetReport[] {
    const there = this.#supervisors.flatMap((supervisor) => supervisor.targets);
    return totalsOf([...this.#targets.reports(), ...there]);
  }

  workers(): WorkerReport[] {
    return this.#supervisors.map((supervisor) => supervisor.report());
  }

  tell(news: TargetNews): Promise<DropReason | null> {
    return this.#internal.give(newsFrame(news));
  }

  unoffered(): number {
    return this.#supervisors.reduce((sum, supervisor) => sum + supervisor.unoffered, 0);
  }

  listen(tap: string, listener: Listener): Cancel {
    return this.#subscribers.add(tap, listener);
  }

  silence(silences: readonly Silence[]): void {
    for (const supervisor of this.#supervisors) supervisor.silence(silences);
  }

  async search(query: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    const place = this.#indexPlace;
    if (place === null) return forms.map(() => NO_INDEX);
    const asked = this.#supervisors.filter((_, worker) => typeof place === "string" || worker === place);
    return joinAnswers(await Promise.all(asked.map((supervisor) => supervisor.search(query, forms))), forms);
  }

  async stop(seconds: number): Promise<StopReport> {
    this.#internal.stop();
    const until = this.#clock.elapsed() + seconds;
    this.#journal?.stop();
    await atMost(this.#clock, seconds, this.#journal?.settled() ?? Promise.resolve());
    const reports = await Promise.all(this.#supervisors.map((supervisor) => supervisor.stop(seconds)));
    this.#cancelWatch();
    this.#cancelSave();
    const left = Math.max(MIN_FLUSH_SECONDS, until - this.#clock.elapsed());
    const targets = await stopTargets(this.#targets, { clock: this.#clock, log: this.#log }, left);
    this.#clock.stop();
    return allOf([...reports, targets]);
  }

  /** What these pipelines keep, if state is kept; they stand still until they are replaced. `null`: a thread has ended. */
  async #release(moving: readonly DryRunPipeline[]): Promise<readonly SavedState[] | null> {
    if (moving.length === 0 || !this.#state.isOn) return [];
    const names = moving.map(({ name }) => name);
    const given = await Promise.all(this.#supervisors.map((supervisor) => supervisor.release(names)));
    const [states, isWhole] = [given.flatMap((one) => one ?? []), !given.includes(null)];
    // With a journal, where all are of one place, these are gone on from until they are saved where they go.
    if (this.#journal !== null || !isWhole) this.#state.keep({ ...NOTHING_KEPT, saved: states });
    return isWhole ? states : null;
  }

  #states(one: DryRunPipeline, placement: ReadonlyMap<string, Placement>): readonly StateOwner[] {
    return statesOf(one, placement.get(one.name), this.#supervisors.length, this.#partitionKey);
  }

  #open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    for (const supervisor of this.#supervisors) supervisor.open();
    this.#cancelWatch = this.#clock.every(LOOK_SECONDS, () => {
      for (const supervisor of this.#supervisors) supervisor.look();
    });
    this.#cancelSave = this.#state.everyInterval(this.#clock, () => {
      for (const supervisor of this.#supervisors) supervisor.save();
    });
  }

  /** Takes nothing in until every worker has dealt with all that came before; false when that takes too long. */
  #standStill(): Promise<boolean> {
    this.#ringIntake.isClosed = true;
    return standsStill(this.#ring, this.#clock);
  }
}
