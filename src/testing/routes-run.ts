import { isUtf8 } from "node:buffer";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Batch, Capture } from "../capture/capture.ts";
import type { Event } from "../core/event.ts";
import { usesIndex } from "../core/pipeline-edges.ts";
import type { Rendered } from "../core/target-port.ts";
import { layOut } from "../engine/layout.ts";
import { isWaiting } from "../engine/ledger.ts";
import type { PipelineReport } from "../engine/report.ts";
import { Supervisor } from "../engine/supervisor.ts";
import { FastTsError } from "../errors.ts";
import type { Declared, Evaluated } from "../routes/evaluate.ts";
import { mapStack } from "../routes/source-map.ts";
import { checkQuery } from "../silences/silence.ts";
import { callersDirectory } from "./call-site.ts";
import { type Drop, dropsOf } from "./drops.ts";
import { hintOn } from "./failure-hints.ts";
import { isRecorded, type Recorder, recorded } from "./recorder.ts";
import { hintOnRoutes } from "./routes-note.ts";
import type { Recorded, RenderedText, RoutesOptions, RoutesUnderTest } from "./routes-under-test.ts";
import { Settler } from "./settle.ts";
import { checkJump, type Step } from "./steps.ts";
import { type StrictRecord, strictRecord } from "./strict-record.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { type LogLine, recordingLog, VirtualThread } from "./virtual-thread.ts";

/** Maximum time of a stop: the daemon's default. */
const STOP_SECONDS = 10;

/** One pipeline of the routes. */
interface Live {
  readonly declared: Declared;
  readonly supervisor: Supervisor;
}

/** The pipelines of route files, in one virtual thread; what tests do not see of it is for `fast-ts replay`. */
export class RoutesRun implements RoutesUnderTest {
  readonly recorded: Recorded[] = [];
  readonly sinks: StrictRecord<Event[]>;
  readonly taps: StrictRecord<Event[]>;
  readonly rendered: StrictRecord<RenderedText[]>;
  readonly #rendered: Record<string, RenderedText[]> = {};
  readonly #lists: Record<"sink" | "tap", Record<string, Event[]>> = { sink: {}, tap: {} };
  readonly #evaluated: readonly Evaluated[];
  readonly #options: RoutesOptions;
  #thread: VirtualThread;
  #live: readonly Live[];
  /** Whether the clock may still be set: no start was given, and nothing has come yet. */
  #isUnset: boolean;
  readonly #settler = new Settler(
    () => this.#live.map(({ supervisor }) => supervisor),
    () => this.#thread.finishTurn(),
  );

  constructor(evaluated: readonly Evaluated[], options: RoutesOptions) {
    this.#evaluated = evaluated;
    this.#options = options;
    this.#isUnset = options.start === undefined;
    this.#thread = this.#threadAt(options.start ?? 0);
    this.#live = this.#begin();
    this.sinks = strictRecord("sink", this.#lists.sink);
    this.taps = strictRecord("tap", this.#lists.tap);
    this.rendered = strictRecord("sink that shows what it sends", this.#rendered);
    for (const list of [...Object.values(this.sinks), ...Object.values(this.taps)])
      hintOn(list, () => hintOnRoutes(this, list.length === 0 ? this.#thread.clock.nextDue : Number.POSITIVE_INFINITY));
  }

  #threadAt(start: number): VirtualThread {
    const { defaultTtl, maxAhead } = this.#options;
    return new VirtualThread({ clock: new VirtualClock(start, maxAhead), defaultTtl, explain: mapStack });
  }

  #begin(): readonly Live[] {
    const declared = this.#evaluated.flatMap(({ pipelines }) => pipelines);
    const live = declared.filter(({ pipeline }) => pipeline.stages.length > 0).map((one) => this.#supervise(one));
    for (const { supervisor } of live) supervisor.start();
    this.#thread.router.replace(live.map(({ supervisor }) => supervisor));
    const problem = this.log.find((line) => line.message === "stage did not start");
    if (problem === undefined) return live;
    const { pipeline, error } = problem.fields;
    throw new FastTsError("FTS_STAGE_THREW", `pipeline ${JSON.stringify(pipeline)}: ${error}`);
  }

  #supervise(declared: Declared): Live {
    const { pipeline } = declared;
    const lists = this.#lists;
    const { clock, thread } = this.#thread;
    const scope = {
      clock,
      log: recordingLog(this.#thread.lines),
      random: () => 0.5,
      dataDir: null,
      isVirtual: true,
      tell() {},
    };
    const record: Recorder = ({ kind, name, rendered: render }, stage, events, value) => {
      const rendered = render?.(value, scope).map(renderedOf) ?? [];
      this.#rendered[name]?.push(...rendered);
      this.recorded.push({ at: clock.now(), pipeline: pipeline.name, stage, kind, name, events, rendered });
      for (const event of events) lists[kind][name]?.push(event);
    };
    const stages = recorded(pipeline.stages, record);
    const layout = layOut(stages, recorded(pipeline.options.onCrash ?? [], record));
    for (const { stage } of layout.rows)
      if (isRecorded(stage.edge)) {
        lists[stage.edge.kind][stage.edge.name] ??= [];
        if (stage.edge.rendered !== undefined) this.#rendered[stage.edge.name] ??= [];
      }
    const supervisor = new Supervisor({ ...pipeline, stages }, thread, { layout });
    return { declared, supervisor };
  }

  #turns(steps: Iterable<Step>): Iterable<void> {
    this.#checkOpen("inject(steps)");
    this.#isUnset = false;
    return this.#thread.drive(steps, true, (batch) => this.#thread.router.offer(batch, 0));
  }

  #checkOpen(where: string): void {
    if (this.#thread.isStopping) throw new FastTsError("FTS_TEST", `${where}: the routes have been stopped`);
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

  async replay(path: string | URL): Promise<void> {
    this.#checkOpen("replay(path)");
    const name = path instanceof URL ? fileURLToPath(path) : resolve(callersDirectory(this.replay), path);
    const capture = await Capture.open(name, this.#options.timeUnits);
    try {
      this.#setClock(capture.begun ?? this.now, `replay(${JSON.stringify(path)})`);
      for await (const batch of capture.batches())
        for await (const _ of this.arrive(batch)) {
          // Nothing happens between two turns.
        }
    } finally {
      await capture.close();
    }
    const [damage] = capture.report.damage;
    if (damage !== undefined) throw new FastTsError("FTS_CAPTURE", damage);
  }

  /** The pipelines start over at `second` when nothing has come yet; else it must not be far away. */
  #setClock(second: number, where: string): void {
    if (!this.#isUnset) return void checkJump(this.now, second, where);
    this.#isUnset = false;
    for (const { supervisor } of this.#live) supervisor.abandon();
    this.drain();
    this.#thread = this.#threadAt(second);
    this.#live = this.#begin();
  }

  /** Lets a batch come when it came, and promises settle. Stands still after each turn. */
  async *arrive({ arrival, events }: Batch): AsyncGenerator<void> {
    for (const _ of this.#thread.arrive(arrival, events)) {
      if (this.#live.some(({ supervisor }) => isWaiting(supervisor.counts, supervisor.rows)))
        await this.#settler.settle();
      yield;
    }
  }

  /** Takes what was recorded and logged since the last call. */
  drain(): { readonly recorded: readonly Recorded[]; readonly log: readonly LogLine[] } {
    for (const lists of [...Object.values(this.#lists), this.#rendered])
      for (const list of Object.values(lists)) list.length = 0;
    return { recorded: this.recorded.splice(0), log: this.#thread.lines.splice(0) };
  }

  /** Where the sinks stand in the pipelines, and what they are called. */
  get sinkPlaces(): readonly Pick<Recorded, "pipeline" | "stage" | "name">[] {
    return this.#live.flatMap(({ supervisor: { pipeline, layout } }) =>
      layout.rows.flatMap(({ name: stage, stage: { edge } }) =>
        edge?.kind === "sink" ? [{ pipeline: pipeline.name, stage, name: edge.name }] : [],
      ),
    );
  }

  silence(query: string, seconds: number): void {
    if (!(Number.isFinite(seconds) && seconds > 0))
      throw new FastTsError("FTS_TEST", `silence(query, seconds): seconds must be a number > 0, got ${seconds}`);
    checkQuery(query);
    const { now } = this;
    this.#isUnset = false;
    this.#thread.silences.add({ id: query, query, from: now, until: now + seconds, why: "", who: "" });
    this.#thread.finishTurn();
  }

  async stop(): Promise<{ readonly stuck: readonly string[] }> {
    if (this.#thread.isStopping) return { stuck: [] };
    this.#thread.isStopping = true;
    const open = new Set(this.#live.map(({ supervisor }) => supervisor));
    const isDue = ({ channel }: Supervisor): boolean =>
      channel === null || ![...open].some((other) => other.publishesTo(channel));
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

  get now(): number {
    return this.#thread.clock.now();
  }

  get index(): Event[] {
    if (!this.#live.some(({ supervisor }) => usesIndex(supervisor.edges)))
      throw new FastTsError("FTS_TEST", "index: no route has an index()");
    const order = ({ host, service }: Event): string => JSON.stringify([host ?? "", service ?? ""]);
    const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
    return this.#thread.thread.index.search().toSorted((a, b) => compare(order(a), order(b)));
  }

  get drops(): Drop[] {
    return dropsOf(this.pipelines);
  }

  get restarts(): number {
    return this.pipelines.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  get pipelines(): PipelineReport[] {
    return this.#live.map(({ declared: { place }, supervisor }) => supervisor.report(place.file, place.line));
  }

  get log(): readonly LogLine[] {
    return this.#thread.lines;
  }
}

function renderedOf({ to, headers = {}, body }: Rendered): RenderedText {
  const bytes = Buffer.from(body);
  const encoding = typeof body === "string" || (isUtf8(bytes) && !bytes.includes(0)) ? "utf8" : "base64";
  return { to, headers, encoding, body: bytes.toString(encoding) };
}
