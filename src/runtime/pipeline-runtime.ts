import { getHeapStatistics } from "node:v8";
import { eachEvent } from "../core/each-event.ts";
import type { Pipeline } from "../core/pipeline.ts";
import { usesIndex } from "../core/pipeline-edges.ts";
import { portionOf, type SpreadBy, stateName } from "../core/spread.ts";
import { type Edge, nowhere, type Outlet } from "../core/stage.ts";
import { INBOX } from "../engine/ledger.ts";
import { newThread } from "../engine/new-thread.ts";
import { Router } from "../engine/router.ts";
import { Supervisor } from "../engine/supervisor.ts";
import type { Thread } from "../engine/thread.ts";
import { AlertRegistry } from "../kit/alert-registry.ts";
import { EventIndex } from "../kit/event-index.ts";
import type { Problem } from "../routes/problem.ts";
import { mapStack } from "../routes/source-map.ts";
import { ActiveSilences } from "../silences/active-silences.ts";
import { flushOutput } from "../text/stdout-queue.ts";
import { CrashOwners } from "./crash-owners.ts";
import { catchUpFeeders } from "./joined-pipelines.ts";
import { AlertChanges, fromKept, type KeptAlert } from "./kept-alerts.ts";
import type { SavedState } from "./kept-state.ts";
import { LaterWork } from "./later-work.ts";
import { type Assignment, LiveFiles, type PipelineHandle } from "./live-files.ts";
import { Mutes } from "./mutes.ts";
import { Reinjector } from "./reinjector.ts";
import type { Answer, Form } from "./report.ts";
import { retire } from "./retire.ts";
import type { RuntimeOptions } from "./runtime-options.ts";
import { CATCH_UP_SECONDS, EVENTS_COME_SECONDS, NO_INDEX, Search } from "./search.ts";
import { allOf, atMost, endAll, type StopReport } from "./shutdown.ts";
import { StateKeeper } from "./state-keeper.ts";
import { stopTargets } from "./stop-targets.ts";
import { Taps } from "./taps.ts";
import { sliceThread, TimeSlices } from "./time-slice.ts";
import { beginTurn } from "./turn.ts";

/** How long output of route code, besides that of `stdout()`, may wait for its reader at a stop. */
const LAST_LINES_SECONDS = 0.5;

const LOOK_AGAIN_SECONDS = 0.005;

/** The pipelines of one thread: evaluates their files, starts them, swaps them at a reload, stops them. */
export class PipelineRuntime {
  readonly thread: Thread;
  readonly router = new Router();
  readonly taps: Taps;
  readonly silences: ActiveSilences;
  /** What cannot be written at the stop, by the names of states: they give out what they hold, and start anew. */
  unsavable: readonly string[] = [];
  readonly #options: RuntimeOptions;
  readonly #index = new EventIndex();
  readonly #alerts: AlertRegistry;
  readonly #changes: AlertChanges;
  readonly #files: LiveFiles;
  readonly #crashOwners: CrashOwners;
  readonly #state: StateKeeper | null;
  readonly #search: Search;
  readonly #later = new LaterWork(() => this.thread);
  readonly reinjector: Reinjector;
  readonly mutes: Mutes;
  /** What was replaced and has not finished yet. */
  readonly #retiring = new Set<Promise<StopReport>>();

  constructor(options: RuntimeOptions) {
    this.#options = options;
    const { clock: machine, journal, log, inbox, defaultTtl, maxStateBytes } = options;
    const clock = journal?.clock ?? machine;
    this.taps = new Taps(options.show, machine);
    this.silences = new ActiveSilences(clock);
    this.reinjector = new Reinjector(clock, options.inject);
    this.mutes = new Mutes(clock);
    const { isMuted } = this.mutes;
    const { targets } = options;
    this.#crashOwners = new CrashOwners({ clock: machine, log, madeOf: (sources) => this.#files.madeOf(sources) });
    this.#files = new LiveFiles({
      supervise: (pipeline, spread, assignment) => this.#supervise(pipeline, spread, assignment),
      enter: (owner, work) => this.#crashOwners.enter(owner, work),
      idle: (file, error) => this.#crashOwners.idle(file, error),
    });
    this.#changes = new AlertChanges(options.keepAlerts);
    this.#alerts = new AlertRegistry((change) => this.#changes.add(change));
    this.thread = newThread({
      clock,
      machine,
      log,
      inbox,
      defaultTtl,
      maxStateBytes: maxStateBytes === "auto" ? getHeapStatistics().heap_size_limit / 2 : maxStateBytes,
      index: this.#index,
      targets: journal === undefined ? targets : { use: (spec, books) => targets.use(spec, books), isMuted },
      alerts: this.#alerts,
      silences: this.silences,
      turnEnd: 0,
      enter: (owner, work) => {
        options.entered();
        return this.#crashOwners.enter(owner, work);
      },
      later: (work) => this.#later.add(work),
      relieved: options.relieved,
      overloaded: options.overloaded,
      outlet: (edge, pipeline) => this.#outlet(edge, pipeline),
      explain: mapStack,
    });
    const { keepState: keep } = options;
    const { index, thread, router } = { index: this.#index, thread: this.thread, router: this.router };
    const running = (): readonly Supervisor[] => router.supervisors;
    const sourceOf = (supervisor: Supervisor): string => this.#files.sourceOf(supervisor);
    const foreign = (pipeline: string): void => this.mutes.muteAll(pipeline);
    const { position, atRest: later = thread.later } = journal ?? {};
    this.#state =
      keep &&
      new StateKeeper({
        clock,
        machine,
        log,
        label: options.label,
        partitionKey: options.partitionKey,
        mine: options.mine,
        index,
        running,
        later,
        slices: new TimeSlices(sliceThread(this.thread)),
        ...(position && { position }),
        keep,
        sourceOf,
        foreign,
      });
    this.#search = new Search(this.#index, sliceThread(this.thread, EVENTS_COME_SECONDS));
  }

  #outlet({ kind, name }: Edge, pipeline: string): Outlet {
    switch (kind) {
      case "publish":
        return this.router.channels.outlet(name);
      case "reinject":
      case "index":
        return this.#reinjecting(pipeline);
      case "tap":
        return this.taps.outlet(name);
      default:
        return nowhere;
    }
  }

  /** What a pipeline that is in several workers reinjects comes out in each of them on its own. */
  #reinjecting(pipeline: string): Outlet {
    const isIt = (one: Supervisor): boolean => one.pipeline.name === pipeline;
    let name: string | null = null; // it does not run yet
    return eachEvent((event) => {
      name ??= this.router.supervisors.filter(isIt).map(this.nameOf)[0] ?? pipeline;
      return this.reinjector.reinject(event, name);
    });
  }

  /** The name of a pipeline, or of its part in this thread. */
  readonly nameOf = ({ pipeline, spread }: Pick<Supervisor, "pipeline" | "spread">): string =>
    stateName(pipeline.name, spread, this.#options);

  /** Evaluates what changed, without touching what runs. Any problem: nothing is staged. */
  prepare(assignment: Assignment): Problem[] {
    return this.#files.prepare(assignment);
  }

  #supervise(pipeline: Pipeline, spread: SpreadBy, { since }: Assignment): Supervisor {
    // The pipeline it replaces may itself have been told to begin with a later event, and not have come to it yet.
    const old = this.router.supervisors.find((one) => one.pipeline.name === pipeline.name && one.spread === spread);
    return new Supervisor(pipeline, this.thread, {
      spread,
      since: Math.max(since?.get(pipeline.name) ?? 0, old?.since ?? 0),
    });
  }

  /** What was open in pipelines that are staged and do not run here. */
  loadAlerts(kept: readonly KeptAlert[]): void {
    this.#alerts.load(kept.flatMap((one) => fromKept(one) ?? []));
  }

  /** What was saved of pipelines that are staged and do not run here, and of the index. */
  loadState(saved: readonly SavedState[]): void {
    this.#state?.load(saved);
  }

  /** Resolves when those that a swap replaces can hand their state over, or have not come to that within a second. */
  async settle(): Promise<void> {
    await this.#state?.settle(this.#files.replaced());
  }

  /** What these pipelines keep, for other workers; they are to be replaced by the swap. */
  handOver(pipelines: readonly string[]): readonly SavedState[] {
    const moving = this.router.supervisors.filter(({ pipeline }) => pipelines.includes(pipeline.name));
    catchUpFeeders(moving, this.router.supervisors);
    return this.#state?.handOver(moving) ?? [];
  }

  /** Saves the state of all pipelines and the index. */
  async saveState(): Promise<void> {
    await this.#state?.save();
  }

  /** Forgets what was staged. */
  discard(): void {
    this.#files.discard();
  }

  /** See {@link StateKeeper}. */
  get state(): StateKeeper | null {
    return this.#state;
  }

  /**
   * Swaps: from the next event on the staged pipelines run. What they replace finishes what it has. Returns the new ones.
   *
   * @param isHeld - The new ones do not start: see {@link StateKeeper.hold}.
   */
  commit(isHeld = false): PipelineHandle[] {
    const { all, added, removed } = this.#files.swap();
    const user = all.find((supervisor) => usesIndex(supervisor.edges));
    if (user === undefined) this.#index.clear();
    this.#index.portion = user === undefined || user.spread === "all" ? 1 : portionOf(this.#options.mine);
    const replaced = removed.flatMap(({ supervisors }) => supervisors);
    // What they publish later would reach those that come instead, or nobody.
    catchUpFeeders(replaced, this.router.supervisors);
    const set = this.router.channels.next();
    if (this.#state === null) for (const supervisor of added) supervisor.start();
    else if (isHeld) this.#state.hold(added);
    else this.#state.start(added, replaced);
    this.router.replace(all);
    const retiring = retire(replaced, all, this.#options, [...this.#retiring]);
    this.#retiring.add(retiring);
    void retiring.then(() => {
      this.#retiring.delete(retiring);
      this.router.channels.end(set);
      for (const { evaluated } of removed) evaluated?.forget();
    });
    return this.#files.handles(added);
  }

  /** What all pipelines and the index hold, bytes. */
  get stateBytes(): number {
    return this.thread.state.bytes;
  }

  get indexEvents(): number {
    return this.#index.size;
  }

  /** Answers a query from the index, once the pipelines that use it have dealt with what they were offered. */
  async search(query: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    const users = this.router.supervisors.filter((supervisor) => usesIndex(supervisor.edges));
    if (users.length === 0) return forms.map(() => NO_INDEX);
    const { clock } = this.#options;
    for (const until = clock.elapsed() + CATCH_UP_SECONDS; users.some(catchesUp) && clock.elapsed() < until; )
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_SECONDS, resolve));
    return this.#search.answer(query, forms);
  }

  /** Lets every pipeline finish, within `seconds`; what is left then is lost, and counted. */
  async stop(seconds: number): Promise<StopReport> {
    const { supervisors } = this.router;
    const { clock, keepState } = this.#options;
    const isSavable = (one: Supervisor): boolean => !this.unsavable.includes(this.nameOf(one));
    const anew = supervisors.filter((one) => one.state === "failed" || !isSavable(one));
    const until = clock.elapsed() + seconds;
    beginTurn(this.thread);
    const reports = await Promise.all([
      endAll(supervisors, clock, seconds, [...this.#retiring], (one) => keepState !== null && isSavable(one)),
      ...this.#retiring,
    ]);
    this.#state?.keepLast(supervisors, anew);
    this.#changes.flush();
    await atMost(clock, LAST_LINES_SECONDS, flushOutput());
    const left = Math.max(0, until - clock.elapsed());
    return allOf([...reports, await stopTargets(this.#options.targets, this.#options, left)]);
  }

  /** See {@link CrashOwners.blame}. */
  blame(error: Error): boolean {
    return this.#crashOwners.blame(error);
  }
}

/** A pipeline that is stalled, or has failed, is not waited for: what its inbox holds may stay there for long. */
function catchesUp({ counts, state }: Supervisor): boolean {
  return state === "running" && (counts[INBOX] ?? 0) > 0;
}
