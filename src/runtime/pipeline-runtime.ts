import { AsyncLocalStorage } from "node:async_hooks";
import { getHeapStatistics } from "node:v8";
import { type Clock, monotonic } from "../core/clock.ts";
import { eachEvent } from "../core/each-event.ts";
import type { Log } from "../core/log.ts";
import type { Pipeline } from "../core/pipeline.ts";
import { usesIndex } from "../core/pipeline-edges.ts";
import { type DropReason, type Edge, nowhere, type Outlet } from "../core/stage.ts";
import { Targets } from "../delivery/targets.ts";
import { layOut } from "../engine/layout.ts";
import { INBOX, newCounts } from "../engine/ledger.ts";
import { Router } from "../engine/router.ts";
import { StateBudget } from "../engine/state-budget.ts";
import { Supervisor } from "../engine/supervisor.ts";
import type { Owner, Thread } from "../engine/thread.ts";
import { EventIndex } from "../kit/event-index.ts";
import type { RouteFile } from "../routes/compile.ts";
import { type Evaluated, evaluateRoute } from "../routes/evaluate.ts";
import { PACKAGE_MODULES } from "../routes/package-modules.ts";
import type { Problem } from "../routes/problem.ts";
import { mapStack, placesOf } from "../routes/source-map.ts";
import { ActiveSilences } from "../silences/active-silences.ts";
import { flushOutput } from "../text/stdout-queue.ts";
import { outageFrame } from "./outage.ts";
import { Reinjector } from "./reinjector.ts";
import type { Answer, Form, Tapped } from "./report.ts";
import { CATCH_UP_SECONDS, NO_INDEX, Search } from "./search.ts";
import { allOf, atMost, endAll, type StopReport } from "./shutdown.ts";
import { Taps } from "./taps.ts";
import { sliceThread } from "./time-slice.ts";
import { TURN_SECONDS } from "./turn.ts";

/** How long output of route code, besides that of `stdout()`, may wait for its reader at a stop. */
const LAST_LINES_SECONDS = 0.5;

const LOOK_AGAIN_SECONDS = 0.005;

/** What a thread hosts: all route files, and which of their pipelines are this thread's. */
export interface Assignment {
  readonly files: readonly RouteFile[];
  readonly owned: readonly string[];
  /** The number of the first event that each pipeline takes; pipelines not named take all. */
  readonly since?: Readonly<Record<string, number>>;
}

/** A pipeline that was started: where its counts are. */
export interface PipelineHandle {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly places: readonly string[];
  readonly counts: Float64Array;
  /** The number of the first event it takes. */
  readonly since: number;
  /** Where its events come from; `null`: from outside, with all others. */
  readonly channel: string | null;
}

/** What a thread provides to its pipelines. */
export interface RuntimeOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Events an inbox holds. */
  readonly inbox: number;
  /** Seconds that an event without a ttl stays valid. */
  readonly defaultTtl: number;
  /** Maximum of what all pipelines and the index hold, bytes; `auto`: half of the heap that the thread may have. */
  readonly maxStateBytes: number | "auto";
  /** Seconds that a pipeline which is replaced gets to finish. */
  readonly stopDeadline: number;
  /** A turn of a pipeline begins. */
  entered(): void;
  /** Events can be taken again. */
  relieved(): void;
  overloaded(pipeline: string, description: string): void;
  /** Gives a frame of events to all pipelines of all threads; resolves with why they will not get them. */
  inject(frame: Buffer): Promise<DropReason | null>;
  /** Shows the events of taps that have readers; resolves when it can take more. */
  show(tapped: readonly Tapped[]): Promise<void>;
}

interface LiveFile {
  readonly evaluated: Evaluated;
  readonly supervisors: readonly Supervisor[];
}

/** The pipelines of one thread: evaluates their files, starts them, swaps them at a reload, stops them. */
export class PipelineRuntime {
  readonly thread: Thread;
  readonly router = new Router();
  readonly taps: Taps;
  readonly silences: ActiveSilences;
  readonly #options: RuntimeOptions;
  readonly #index = new EventIndex((bytes) => this.#state.add(bytes));
  readonly #state: StateBudget;
  readonly #targets: Targets;
  readonly #search: Search;
  readonly #reinjector: Reinjector;
  #live: readonly LiveFile[] = [];
  #staged: readonly LiveFile[] | null = null;
  /** Whose turn started what runs now: follows timers, promises and sockets. */
  readonly #owners = new AsyncLocalStorage<Owner>();
  /** What was replaced and has not finished yet. */
  readonly #retiring = new Set<Promise<StopReport>>();

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#reinjector = new Reinjector(options.inject);
    const { clock, log, maxStateBytes } = options;
    this.taps = new Taps(options.show, clock);
    this.silences = new ActiveSilences(clock);
    const later = (work: () => void): void =>
      void setImmediate(() => {
        this.thread.turnEnd = monotonic() + TURN_SECONDS;
        work();
      });
    const maxBytes = maxStateBytes === "auto" ? getHeapStatistics().heap_size_limit / 2 : maxStateBytes;
    this.#state = new StateBudget({ maxBytes, clock, log, later });
    this.#state.join(this.#index);
    this.#targets = new Targets({
      clock,
      log,
      random: Math.random,
      outage: (target, state, description) => void options.inject(outageFrame(target, state, description)),
    });
    this.thread = {
      clock,
      log,
      inbox: options.inbox,
      defaultTtl: options.defaultTtl,
      index: this.#index,
      state: this.#state,
      targets: this.#targets,
      silences: this.silences,
      turnEnd: 0,
      full: 0,
      enter: (owner, work) => {
        options.entered();
        return this.#owners.run(owner, work);
      },
      later,
      relieved: options.relieved,
      overloaded: options.overloaded,
      outlet: (edge) => this.#outlet(edge),
      explain: mapStack,
    };
    this.#search = new Search(this.#index, sliceThread(options.clock, this.thread));
  }

  #outlet({ kind, name }: Edge): Outlet {
    switch (kind) {
      case "publish":
        return this.router.channels.outlet(name);
      case "reinject":
      case "index":
        return eachEvent((event) => this.#reinjector.reinject(event));
      case "tap":
        return this.taps.outlet(name);
      default:
        return nowhere;
    }
  }

  /** Evaluates what changed, without touching what runs. Any problem: nothing is staged. */
  prepare(assignment: Assignment): Problem[] {
    this.discard();
    const problems: Problem[] = [];
    const staged: LiveFile[] = [];
    for (const file of assignment.files) {
      const same = this.#live.find(
        ({ evaluated }) => evaluated.file.file === file.file && evaluated.file.hash === file.hash,
      );
      const evaluated = same?.evaluated ?? evaluateRoute(file, PACKAGE_MODULES);
      if (evaluated.problem !== null) problems.push(evaluated.problem);
      const supervisors = evaluated.pipelines
        .filter(({ pipeline }) => assignment.owned.includes(pipeline.name) && pipeline.stages.length > 0)
        .map(({ pipeline }) => {
          const running = same?.supervisors.find((supervisor) => supervisor.pipeline === pipeline);
          return running ?? this.#supervise(pipeline, assignment);
        });
      staged.push({ evaluated, supervisors });
    }
    this.#staged = staged;
    if (problems.length > 0) this.discard();
    return problems;
  }

  #supervise(pipeline: Pipeline, { since = {} }: Assignment): Supervisor {
    const layout = layOut(pipeline.stages, pipeline.options.onCrash);
    const counts = newCounts(layout.rows.length);
    // The pipeline it replaces may itself have been told to begin with a later event, and not have come to it yet.
    const old = this.router.supervisors.find((supervisor) => supervisor.pipeline.name === pipeline.name);
    const first = Math.max(since[pipeline.name] ?? 0, old?.since ?? 0);
    return new Supervisor(pipeline, layout, counts, this.thread, first);
  }

  /** Forgets what was staged. */
  discard(): void {
    for (const { evaluated } of this.#staged ?? []) if (!isIn(this.#live, evaluated)) evaluated.forget();
    this.#staged = null;
  }

  /** Swaps: from the next event on the staged pipelines run. What they replace finishes what it has. Returns the new ones. */
  commit(): PipelineHandle[] {
    const before = this.#live;
    const after = this.#staged ?? before;
    const [old, all] = [supervisorsOf(before), supervisorsOf(after)];
    this.#live = after;
    this.#staged = null;
    if (![...all].some((supervisor) => usesIndex(supervisor.edges))) this.#index.clear();
    for (const supervisor of all) if (!old.has(supervisor)) supervisor.start();
    this.router.replace([...all]);
    for (const { evaluated, supervisors } of before) {
      const retired = supervisors.filter((supervisor) => !all.has(supervisor));
      const retiring = this.#retire(retired, isIn(after, evaluated) ? null : evaluated);
      this.#retiring.add(retiring);
      void retiring.then(() => this.#retiring.delete(retiring));
    }
    return after.flatMap((live) => started(live, (supervisor) => !old.has(supervisor)));
  }

  /** What all pipelines and the index hold, bytes. */
  get stateBytes(): number {
    return this.#state.bytes;
  }

  get indexEvents(): number {
    return this.#index.size;
  }

  /** Answers a query from the index, once the pipelines that use it have dealt with what they were offered. */
  async search(query: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    const users = this.router.supervisors.filter((supervisor) => usesIndex(supervisor.edges));
    if (users.length === 0) return forms.map(() => NO_INDEX);
    const { clock } = this.#options;
    for (const until = monotonic() + CATCH_UP_SECONDS; users.some(catchesUp) && monotonic() < until; )
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_SECONDS, resolve));
    return this.#search.answer(query, forms);
  }

  /** Lets every pipeline finish, within `seconds`; what is left then is lost, and counted. */
  async stop(seconds: number): Promise<StopReport> {
    const { supervisors } = this.router;
    const { clock } = this.#options;
    const until = monotonic() + seconds;
    this.thread.turnEnd = monotonic() + TURN_SECONDS;
    const reports = await Promise.all([endAll(supervisors, clock, seconds, [...this.#retiring]), ...this.#retiring]);
    await atMost(clock, LAST_LINES_SECONDS, flushOutput());
    return allOf([...reports, await this.#stopTargets(Math.max(0, until - monotonic()))]);
  }

  /** Sends what targets still hold, within `seconds`. */
  async #stopTargets(seconds: number): Promise<StopReport> {
    await atMost(this.#options.clock, seconds, this.#targets.flush());
    const held = this.#targets.reports().filter(({ pending }) => pending > 0);
    this.#targets.close();
    return {
      stuck: held.map(({ target, pending }) => `target ${target}: ${pending} wait`),
      lost: held.reduce((sum, { pending }) => sum + pending, 0),
    };
  }

  /**
   * Attributes an error outside of any stage: to the pipeline that started what threw, or else to the route files in
   * its stack. False when there is neither. To be called in the context of what threw.
   */
  blame(error: Error): boolean {
    const owner = this.#owners.getStore();
    if (owner !== undefined) {
      owner.crashed(error);
      return true;
    }
    const files = new Set(placesOf(error.stack ?? "").map((place) => place.file));
    const guilty = this.#live.filter(({ evaluated }) => evaluated.file.inputs.some((input) => files.has(input)));
    for (const { supervisors } of guilty) for (const supervisor of supervisors) supervisor.crashed(error);
    return guilty.length > 0;
  }

  /** @param evaluated - The file, when none of its pipelines goes on. */
  async #retire(supervisors: readonly Supervisor[], evaluated: Evaluated | null): Promise<StopReport> {
    const { clock, stopDeadline, log } = this.#options;
    const report = await endAll(supervisors, clock, stopDeadline);
    const { stuck, lost } = report;
    if (stuck.length > 0)
      log.warn("replaced pipelines did not finish in time, what they held is lost", {
        stuck,
        events: lost,
      });
    evaluated?.forget();
    return report;
  }
}

/** A pipeline that is stalled, or has failed, is not waited for: what its inbox holds may stay there for long. */
function catchesUp({ counts, state }: Supervisor): boolean {
  return state === "running" && (counts[INBOX] ?? 0) > 0;
}

function isIn(files: readonly LiveFile[], evaluated: Evaluated): boolean {
  return files.some((live) => live.evaluated === evaluated);
}

function supervisorsOf(files: readonly LiveFile[]): Set<Supervisor> {
  return new Set(files.flatMap(({ supervisors }) => supervisors));
}

function started({ evaluated, supervisors }: LiveFile, isNew: (supervisor: Supervisor) => boolean): PipelineHandle[] {
  return supervisors.filter(isNew).map(({ pipeline, counts, since, channel }) => {
    const place = evaluated.pipelines.find((declared) => declared.pipeline === pipeline)?.place;
    const places = layOut(pipeline.stages, pipeline.options.onCrash).rows.map((row) => row.name);
    const { file, line } = place ?? { file: evaluated.file.file, line: 1 };
    return { name: pipeline.name, file, line, places, counts, since, channel };
  });
}
