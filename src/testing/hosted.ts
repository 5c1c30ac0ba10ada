import { edgesOf } from "../core/edges.ts";
import type { Event } from "../core/event.ts";
import { layOut } from "../engine/layout.ts";
import { newCounts, readLedger } from "../engine/ledger.ts";
import type { PipelineReport } from "../engine/report.ts";
import { Supervisor } from "../engine/supervisor.ts";
import { FastTsError } from "../errors.ts";
import type { Declared, Evaluated } from "../routes/evaluate.ts";
import { mapStack } from "../routes/source-map.ts";
import { type Drop, dropsOf } from "./drops.ts";
import { usersFrame } from "./frames.ts";
import { type Named, named } from "./named.ts";
import { noteOn, noteOnTime } from "./notes.ts";
import { isRecorded, recorded } from "./recorder.ts";
import type { Recorded, RoutesOptions, RoutesUnderTest } from "./routes-under-test.ts";
import { Settler } from "./settle.ts";
import type { Step } from "./steps.ts";
import { type LogLine, VirtualThread } from "./virtual-thread.ts";

/** A stop may take so long, as the daemon's may unless an option says otherwise. */
const STOP_SECONDS = 10;

/** One pipeline of the routes. */
interface Live {
  readonly declared: Declared;
  readonly supervisor: Supervisor;
  readonly places: readonly string[];
}

/** The pipelines of route files, in one virtual thread. */
export class Hosted implements RoutesUnderTest {
  readonly recorded: Recorded[] = [];
  readonly sinks: Named<Event[]>;
  readonly taps: Named<Event[]>;
  readonly #thread: VirtualThread;
  readonly #live: readonly Live[];
  readonly #evaluated: readonly Evaluated[];
  readonly #settler = new Settler(
    () => this.pipelines,
    () => this.#thread.finishTurn(),
  );
  #isStopped = false;

  constructor(evaluated: readonly Evaluated[], { start = 0, defaultTtl }: RoutesOptions) {
    this.#evaluated = evaluated;
    this.#thread = new VirtualThread({ start, defaultTtl, explain: mapStack });
    const lists = { sink: {}, tap: {} };
    const declared = evaluated.flatMap(({ pipelines }) => pipelines);
    this.#live = declared
      .filter(({ pipeline }) => pipeline.stages.length > 0)
      .map((one) => this.#supervise(one, lists));
    this.sinks = named("sink", lists.sink);
    this.taps = named("tap", lists.tap);
    for (const list of [...Object.values(this.sinks), ...Object.values(this.taps)])
      noteOn(list, () => this.#note(list.length === 0, start));
    for (const { supervisor } of this.#live) supervisor.start();
    this.#thread.router.replace(this.#live.map(({ supervisor }) => supervisor));
    const problem = this.log.find((line) => line.message === "stage did not start");
    if (problem === undefined) return;
    const { pipeline, error } = problem.fields;
    throw new FastTsError("FTS_STAGE_THREW", `pipeline ${JSON.stringify(pipeline)}: ${error}`);
  }

  #supervise(declared: Declared, lists: { sink: Record<string, Event[]>; tap: Record<string, Event[]> }): Live {
    const { pipeline } = declared;
    const { clock, thread } = this.#thread;
    const stages = recorded(pipeline.stages, ({ kind, name }, stage, event) => {
      this.recorded.push({ at: clock.now(), pipeline: pipeline.name, stage, kind, name, event });
      lists[kind][name]?.push(event);
    });
    const layout = layOut(stages);
    for (const { stage } of layout.rows) if (isRecorded(stage.edge)) lists[stage.edge.kind][stage.edge.name] ??= [];
    const supervisor = new Supervisor({ ...pipeline, stages }, layout, newCounts(layout.rows.length), thread);
    return { declared, supervisor, places: layout.rows.map((place) => place.name) };
  }

  #turns(steps: Iterable<Step>): Iterable<void> {
    if (this.#isStopped) throw new FastTsError("FTS_TEST", "inject(steps): the routes have been stopped");
    return this.#thread.drive(steps, true, (batch) => this.#thread.router.offer(batch, 0));
  }

  inject(steps: Iterable<Step>): void {
    for (const _ of this.#turns(steps)) {
      // Nothing happens between two turns.
    }
  }

  async injectAsync(steps: Iterable<Step>): Promise<void> {
    for (const _ of this.#turns(steps)) await this.#settler.settle();
    if (this.#thread.clock.timers === 0) this.#settler.checkSettled();
  }

  async stop(): Promise<{ readonly stuck: readonly string[] }> {
    if (this.#isStopped) return { stuck: [] };
    this.#isStopped = true;
    const open = new Set(this.#live.map(({ supervisor }) => supervisor));
    const isDue = ({ channel }: Supervisor): boolean =>
      channel === null || ![...open].some((other) => publishesTo(other, channel));
    const deadline = this.now + STOP_SECONDS;
    // Those that subscribe to a channel end when those that publish to it have said their last words.
    for (let due = [...open].filter(isDue); due.length > 0; due = [...open].filter(isDue)) {
      for (const supervisor of due) void supervisor.stop().then(() => open.delete(supervisor));
      const isOpen = (): boolean => due.some((supervisor) => open.has(supervisor));
      await this.#settler.settle(isOpen);
      for (const _ of this.#thread.pass(deadline, isOpen)) await this.#settler.settle(isOpen);
      if (isOpen()) break;
    }
    const stuck = [...open].flatMap((one) => one.abandon().map((place) => `${one.pipeline.name}: ${place}`));
    for (const { forget } of this.#evaluated) forget();
    return { stuck };
  }

  /** What may explain that not all came out that should have. */
  #note(isEmpty: boolean, start: number): string | null {
    const throws = this.log.flatMap(({ message, fields: { pipeline, stage, error } }) =>
      message === "stage threw, pipeline restarts" ? [`pipeline ${pipeline}: ${stage} threw ${firstFrame(error)}`] : [],
    );
    const isAsked = isEmpty && this.pipelines.some(({ offered }) => offered > 0);
    const time = noteOnTime(isAsked, start, this.now, this.#thread.clock.nextDue);
    const drops = this.drops.filter(({ reason }) => reason !== "crash");
    const words = drops.map(
      (drop) => `pipeline ${drop.pipeline}: ${drop.stage ?? "inbox"} dropped ${drop.count}, ${drop.reason}`,
    );
    const all = [...throws.slice(0, 3), ...words, ...(time === null ? [] : [time])];
    return all.length === 0 ? null : all.join("\n  ");
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
    return this.#live.map(({ declared: { pipeline, place }, supervisor: { counts }, places }) =>
      readLedger(counts, places, { name: pipeline.name, file: place.file, line: place.line, worker: 0 }),
    );
  }

  get log(): readonly LogLine[] {
    return this.#thread.lines;
  }
}

/** The message of a logged stack, and the user's line. */
function firstFrame(error: unknown): string {
  const stack = String(error);
  const frame = usersFrame(stack);
  const [message] = stack.split("\n", 1);
  return frame === null ? `${message}` : `${message} at ${frame.file}:${frame.line}:${frame.column}`;
}

function publishesTo({ pipeline }: Supervisor, channel: string): boolean {
  return edgesOf(pipeline.stages).some(({ kind, name }) => kind === "publish" && name === channel);
}
