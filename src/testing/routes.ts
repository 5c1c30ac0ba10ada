import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Batch, Capture } from "../capture/capture.ts";
import type { Event } from "../core/event.ts";
import { type Layout, layOut } from "../engine/layout.ts";
import { isWaiting, newCounts, readLedger } from "../engine/ledger.ts";
import type { PipelineReport } from "../engine/report.ts";
import { Supervisor } from "../engine/supervisor.ts";
import { FastTsError } from "../errors.ts";
import type { Declared, Evaluated } from "../routes/evaluate.ts";
import { mapStack } from "../routes/source-map.ts";
import { type Drop, dropsOf } from "./drops.ts";
import { usersFrame } from "./frames.ts";
import { loadRoutes } from "./load-routes.ts";
import { type Named, named } from "./named.ts";
import { recorded } from "./recorder.ts";
import { Settler } from "./settle.ts";
import { checkJump, type Step } from "./steps.ts";
import { type LogLine, VirtualThread } from "./virtual-thread.ts";

/** How a test of routes begins. */
export interface RoutesOptions {
  /** What the virtual clock shows at first, Unix seconds. @default 0, or when the capture was begun if `replay` comes first */
  readonly start?: number;
}

/** An event that came to a sink or a tap. */
export interface Recorded {
  /** When it came, on the virtual clock. */
  readonly at: number;
  readonly pipeline: string;
  /** Where in the pipeline: `where#2/then/email#0`. */
  readonly stage: string;
  readonly kind: "sink" | "tap";
  /** `email`, or what the tap is called. */
  readonly name: string;
  readonly event: Event;
}

/** Route files under test: what goes in, and what came out where. */
export interface RoutesUnderTest {
  /**
   * Gives every pipeline these events, in virtual time: it passes up to an event's own `time`, then waits. An event
   * that is older than the clock is late, and comes now.
   *
   * @throws FastTsError `FTS_TEST` when a step makes no sense.
   */
  inject(steps: Iterable<Step>): void;
  /**
   * As `inject`, for stages that await something: after each step, and each timer, their promises settle, while
   * virtual time stands still. What comes from the real world (a file, a server) is waited for, 5 s at most.
   *
   * @throws FastTsError `FTS_TEST` when a stage still waits at the end and no timer is left that could help.
   */
  injectAsync(steps: Iterable<Step>): Promise<void>;
  /**
   * Gives every pipeline what `fast-ts start --record` recorded, files rotated away included: time passes up to the
   * arrival of each message. Promises of stages settle as in `injectAsync`.
   *
   * @param path - The capture; a relative one starts from the file that calls.
   * @throws FastTsError `FTS_CAPTURE` when it cannot be read, after all that stands before the damage.
   */
  replay(path: string | URL): Promise<void>;
  /**
   * Lets every pipeline give out what it holds, as the daemon's stop does, in at most 10 s of virtual time. Returns the
   * stages that did not finish, `alerts: map#2`.
   */
  stop(): Promise<{ readonly stuck: readonly string[] }>;
  /** Second of the virtual clock. */
  readonly now: number;
  /** What came to the sinks, by their names: `t.sinks.email`. To read one that no route has throws `FTS_TEST`. */
  readonly sinks: Named<readonly Event[]>;
  /** What came to `tap(name)`, by these names. */
  readonly taps: Named<readonly Event[]>;
  /** What came to sinks and taps, of all pipelines, in order, with time and place. */
  readonly recorded: readonly Recorded[];
  /** What was shed, lost or dropped, by pipeline, stage and reason: empty when all is well. */
  readonly drops: readonly Drop[];
  /** How often pipelines started anew because a stage threw; `log` says why. */
  readonly restarts: number;
  /** The ledger of each pipeline, as the daemon shows it. */
  readonly pipelines: readonly PipelineReport[];
  /** What the engine and the stages logged. */
  readonly log: readonly LogLine[];
}

/**
 * Loads route files and runs all of their pipelines as the daemon would, but in virtual time, with recorders in place
 * of the sinks and with `io` silent: nothing is sent anywhere.
 *
 * A stage that throws restarts its pipeline, as in the daemon: see `restarts` and `log`.
 *
 * @param path - Route files or directories; a relative one starts from the file that calls, or else from the working
 * directory.
 * @throws FastTsError `FTS_ROUTES` when the routes would not load, with every problem; `FTS_STAGE_THREW` when a stage
 * does not start.
 */
export function routes(path: string | URL | readonly (string | URL)[], options: RoutesOptions = {}): RoutesUnderTest {
  const from = callersDirectory(routes);
  return new Hosted(loadRoutes(typeof path === "string" || path instanceof URL ? [path] : path, from), options);
}

/** Where relative paths start from: the directory of the user's file that called `door`. */
function callersDirectory(door: (...given: never[]) => unknown): string {
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, door);
  const caller = usersFrame(site.stack ?? "")?.file;
  return caller === undefined ? process.cwd() : dirname(caller);
}

/** A stop may take so long, as the daemon's may unless an option says otherwise. */
const STOP_SECONDS = 10;

/** One pipeline of the routes. */
interface Live {
  readonly declared: Declared;
  readonly supervisor: Supervisor;
  readonly layout: Layout;
}

/** The pipelines of route files in virtual time; what tests do not see of it is for `fast-ts replay`. */
export class Hosted implements RoutesUnderTest {
  readonly recorded: Recorded[] = [];
  readonly sinks: Named<Event[]>;
  readonly taps: Named<Event[]>;
  readonly #lists: Record<"sink" | "tap", Record<string, Event[]>> = { sink: {}, tap: {} };
  #thread: VirtualThread;
  #live: readonly Live[];
  readonly #evaluated: readonly Evaluated[];
  /** Whether the clock may still be set: it was not said what it should show, and nothing has come yet. */
  #isUnset: boolean;
  readonly #settler = new Settler(
    () => this.pipelines,
    () => this.#thread.finishTurn(),
  );
  #isStopped = false;

  constructor(evaluated: readonly Evaluated[], { start }: RoutesOptions) {
    this.#evaluated = evaluated;
    this.#isUnset = start === undefined;
    this.#thread = new VirtualThread(start ?? 0, mapStack);
    this.#live = this.#begin();
    this.sinks = named("sink", this.#lists.sink);
    this.taps = named("tap", this.#lists.tap);
  }

  #begin(): readonly Live[] {
    const declared = this.#evaluated.flatMap(({ pipelines }) => pipelines);
    const live = declared
      .filter(({ pipeline }) => pipeline.stages.length > 0)
      .map((one) => this.#supervise(one, this.#thread));
    for (const { supervisor } of live) supervisor.start();
    this.#thread.router.replace(live.map(({ supervisor }) => supervisor));
    const problem = this.log.find((line) => line.message === "stage did not start");
    if (problem === undefined) return live;
    const { pipeline, error } = problem.fields;
    throw new FastTsError("FTS_STAGE_THREW", `pipeline ${JSON.stringify(pipeline)}: ${error}`);
  }

  #supervise(declared: Declared, { clock, thread }: VirtualThread): Live {
    const { pipeline } = declared;
    const lists = this.#lists;
    const stages = recorded(pipeline.stages, ({ kind, name }, stage, event) => {
      this.recorded.push({ at: clock.now(), pipeline: pipeline.name, stage, kind, name, event });
      lists[kind][name]?.push(event);
    });
    const layout = layOut(stages);
    for (const { stage } of layout.rows)
      if (stage.edge !== null && stage.edge.kind !== "io") lists[stage.edge.kind][stage.edge.name] ??= [];
    const supervisor = new Supervisor({ ...pipeline, stages }, layout, newCounts(layout.rows.length), thread);
    return { declared, supervisor, layout };
  }

  inject(steps: Iterable<Step>): void {
    this.#checkOpen();
    this.#isUnset = false;
    for (const _ of this.#thread.drive(steps, true)) {
      // Nothing happens between two turns.
    }
  }

  async injectAsync(steps: Iterable<Step>): Promise<void> {
    this.#checkOpen();
    this.#isUnset = false;
    for (const _ of this.#thread.drive(steps, true)) await this.#settler.settle();
    if (this.#thread.clock.timers === 0) this.#settler.checkSettled();
  }

  async replay(path: string | URL): Promise<void> {
    this.#checkOpen();
    const name = path instanceof URL ? fileURLToPath(path) : resolve(callersDirectory(this.replay), path);
    const capture = new Capture(name);
    try {
      this.#setClock(capture.begun ?? this.now, `replay(${JSON.stringify(path)})`);
      for (const batch of capture.batches())
        for await (const _ of this.arrive(batch)) {
          // Nothing happens between two turns.
        }
    } finally {
      capture.close();
    }
  }

  /** Lets a batch come when it came, and promises settle. Stands still after each turn. */
  async *arrive({ arrival, events }: Batch): AsyncGenerator<void> {
    for (const _ of this.#thread.arrive(arrival, events)) {
      if (this.#live.some(({ supervisor }) => isWaiting(supervisor.counts, supervisor.rows)))
        await this.#settler.settle();
      yield;
    }
  }

  /** Where a sink stands in the pipelines, and what it is called. */
  get sinkPlaces(): readonly Pick<Recorded, "pipeline" | "stage" | "name">[] {
    return this.#live.flatMap(({ declared: { pipeline }, layout }) =>
      layout.rows.flatMap(({ name: stage, stage: { edge } }) =>
        edge?.kind === "sink" ? [{ pipeline: pipeline.name, stage, name: edge.name }] : [],
      ),
    );
  }

  /** Takes what was recorded and logged since it was last asked for. */
  drain(): { readonly recorded: readonly Recorded[]; readonly log: readonly LogLine[] } {
    for (const lists of Object.values(this.#lists)) for (const list of Object.values(lists)) list.length = 0;
    return { recorded: this.recorded.splice(0), log: this.#thread.lines.splice(0) };
  }

  /** The pipelines begin anew at `second` when nothing has come yet; else it must not be far away. */
  #setClock(second: number, where: string): void {
    if (!this.#isUnset) return void checkJump(this.now, second, where);
    this.#isUnset = false;
    for (const { supervisor } of this.#live) supervisor.abandon();
    this.#thread = new VirtualThread(second, mapStack);
    this.drain();
    this.#live = this.#begin();
  }

  async stop(): Promise<{ readonly stuck: readonly string[] }> {
    if (this.#isStopped) return { stuck: [] };
    this.#isStopped = true;
    const open = new Set(this.#live.map(({ supervisor }) => supervisor));
    for (const supervisor of open) void supervisor.stop().then(() => open.delete(supervisor));
    const isOpen = (): boolean => open.size > 0;
    await this.#settler.settle(isOpen);
    for (const _ of this.#thread.pass(this.now + STOP_SECONDS, isOpen)) await this.#settler.settle(isOpen);
    const stuck = [...open].flatMap((one) => one.abandon().map((place) => `${one.pipeline.name}: ${place}`));
    for (const { forget } of this.#evaluated) forget();
    return { stuck };
  }

  #checkOpen(): void {
    if (this.#isStopped) throw new FastTsError("FTS_TEST", "the routes have been stopped");
  }

  get now(): number {
    return this.#thread.clock.now();
  }

  get drops(): Drop[] {
    return dropsOf(this.pipelines);
  }

  get restarts(): number {
    return this.pipelines.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  get pipelines(): PipelineReport[] {
    return this.#live.map(({ declared: { pipeline, place }, supervisor: { counts }, layout }) =>
      readLedger(counts, namesOf(layout), { name: pipeline.name, file: place.file, line: place.line, worker: 0 }),
    );
  }

  get log(): readonly LogLine[] {
    return this.#thread.lines;
  }
}

function namesOf({ rows }: Layout): string[] {
  return rows.map(({ name }) => name);
}
