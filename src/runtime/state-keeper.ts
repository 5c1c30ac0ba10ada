import type { AlarmClock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { usesIndex } from "../core/pipeline-edges.ts";
import { stateName } from "../core/spread.ts";
import type { Plain } from "../core/state.ts";
import { RESTARTS } from "../engine/ledger.ts";
import { awaySince, savedPipelineOf } from "../engine/saved-pipeline.ts";
import type { Supervisor } from "../engine/supervisor.ts";
import { coerceError } from "../errors.ts";
import type { EventIndex } from "../kit/event-index.ts";
import { PlainCut } from "../state/plain-cut.ts";
import { decodePlain } from "../state/plain-reader.ts";
import { joinIndexes, joinPipelines, type PartitionFilter } from "./joined-state.ts";
import { INDEX, type KeptState, NOTHING_KEPT, type SavedState } from "./kept-state.ts";
import type { TimeSlices } from "./time-slice.ts";

/** How long it is tried to save a pipeline whose stages await something. */
const TRY_SECONDS = 1;
const TRY_AGAIN_SECONDS = 0.02;
/** After a restore: until then it is not known whether the pipelines get on with what was saved. */
const FIRST_SAVE_SECONDS = 1;

export interface StateKeeperOptions {
  readonly clock: AlarmClock;
  readonly log: Log;
  readonly index: EventIndex;
  /** What tells the state of a pipeline that is spread apart from that in other workers. */
  readonly label: string;
  /** Which partitions are those of this worker. */
  readonly mine: Uint8Array;
  /** The pipelines that run. */
  running(): readonly Supervisor[];
  /** What is long is saved in these. */
  readonly slices: TimeSlices;
  /** Gets what is to outlive the thread. */
  keep(kept: KeptState): void;
}

/** When something was saved. */
type Moment = Pick<SavedState, "now" | "elapsed">;

/** Saves what the pipelines of a thread and its index keep, and starts pipelines with what was saved. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  readonly #loaded = new Map<string, SavedState[]>();
  /** Restored, and not saved since. */
  readonly #unproven = new Set<Supervisor>();
  readonly #saidForgetful = new Set<string>();
  #isSaving = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
  }

  /** What was saved of pipelines that are to start here, and of the index. */
  load(saved: readonly SavedState[]): void {
    for (const one of saved) this.#loaded.set(one.name, [...(this.#loaded.get(one.name) ?? []), one]);
  }

  /** Resolves when all of these can be saved, or have not come to that in time. */
  async settle(supervisors: readonly Supervisor[]): Promise<void> {
    const { clock } = this.#options;
    for (const until = clock.elapsed() + TRY_SECONDS; clock.elapsed() < until; await this.#wait(TRY_AGAIN_SECONDS))
      if (supervisors.every((one) => one.save() !== null)) return;
  }

  /** Starts new pipelines: with the state of those they replace, or else with what was loaded. */
  start(added: readonly Supervisor[], replaced: readonly Supervisor[]): void {
    const user = added.find(hasIndex);
    if (user !== undefined) this.#restoreIndex(user);
    for (const supervisor of added) {
      const { name } = supervisor.pipeline;
      const before = replaced.find((one) => one.pipeline.name === name && one.spread === supervisor.spread);
      if (before !== undefined) this.#goOn(supervisor, before);
      else this.#restore(supervisor, this.#loaded.get(this.nameOf(supervisor)));
    }
    this.#loaded.clear();
    if (this.#unproven.size > 0) this.#options.clock.after(FIRST_SAVE_SECONDS, () => void this.save());
  }

  /** What is saved of a pipeline goes by this name. */
  nameOf({ pipeline, spread }: Supervisor): string {
    return stateName(pipeline.name, spread, this.#options.label);
  }

  #indexOf({ spread }: Supervisor): string {
    return stateName(INDEX, spread, this.#options.label);
  }

  #now(): Moment {
    const { clock } = this.#options;
    return { now: clock.now(), elapsed: clock.elapsed() };
  }

  /** What these keep, for other workers: they are left as they are, and are to be replaced. */
  handOver(supervisors: readonly Supervisor[]): readonly SavedState[] {
    const states = supervisors.map((one) => {
      const saved = one.handOver();
      return saved && this.#written(this.nameOf(one), saved, this.#atOnce(saved));
    });
    const user = supervisors.find(hasIndex);
    if (user !== undefined)
      states.push(this.#written(this.#indexOf(user), this.#now(), this.#atOnce(this.#options.index.save(null))));
    return states.filter((state) => state !== null);
  }

  /** Saves all that can be saved within a second, each pipeline as it is when its turn comes. */
  async save(): Promise<void> {
    if (this.#isSaving) return;
    this.#isSaving = true;
    const { clock, running, index } = this.#options;
    const until = clock.elapsed() + TRY_SECONDS;
    const done = new Set<Supervisor>();
    for (;;) {
      for (const supervisor of running()) {
        if (done.has(supervisor) || !running().includes(supervisor)) continue;
        const cut = new PlainCut(clock.times);
        const saved = cut.begin(() => supervisor.save(cut));
        await this.#inSlices(cut);
        if (this.#keep(supervisor, saved, cut, supervisor.state === "failed")) done.add(supervisor);
      }
      if (running().every((one) => done.has(one)) || clock.elapsed() >= until) break;
      await this.#wait(TRY_AGAIN_SECONDS);
    }
    this.#skipped(running().filter((one) => !done.has(one)));
    const user = running().find(hasIndex);
    if (user !== undefined) {
      const cut = new PlainCut(clock.times);
      const moment = this.#now();
      cut.begin(() => index.save(cut));
      await this.#inSlices(cut);
      this.#keepBytes(this.#indexOf(user), moment, cut);
    }
    this.#isSaving = false;
  }

  /** Keeps what pipelines that have ended had in the end, but for those that start anew. */
  keepLast(ended: readonly Supervisor[], anew: readonly Supervisor[]): void {
    const { index, running } = this.#options;
    const isKept = (one: Supervisor): boolean => this.#keep(one, one.kept, this.#atOnce(one.kept), anew.includes(one));
    this.#skipped(ended.filter((one) => !isKept(one)));
    const user = running().find(hasIndex);
    if (user !== undefined) this.#keepBytes(this.#indexOf(user), this.#now(), this.#atOnce(index.save(null)));
  }

  /** Writes what a cut has begun, while other things have their turns. */
  #inSlices(cut: PlainCut): Promise<void> {
    return new Promise((resolve) => {
      this.#options.slices.add({
        step(isOver) {
          if (!cut.write(isOver)) return "more";
          resolve();
          return "done";
        },
      });
    });
  }

  #atOnce(saved: Plain): PlainCut {
    const cut = new PlainCut(this.#options.clock.times);
    cut.begin(() => saved);
    cut.write(() => false);
    return cut;
  }

  /** @param hasFailed - Nothing of it is to be kept: it starts anew. */
  #keep(supervisor: Supervisor, saved: Moment | null, cut: PlainCut, hasFailed: boolean): boolean {
    if (!hasFailed && cut.isGivenUp) return false;
    const name = this.nameOf(supervisor);
    if (this.#unproven.delete(supervisor) && (supervisor.counts[RESTARTS] ?? 0) > 0)
      this.#options.keep({ ...NOTHING_KEPT, spoiled: [{ name, why: "the pipeline threw before it was saved again" }] });
    if (cut.isGivenUp) this.#options.keep({ ...NOTHING_KEPT, gone: [name] });
    else if (saved !== null) this.#keepBytes(name, saved, cut);
    this.#sayForgetful(supervisor);
    return true;
  }

  #keepBytes(name: string, moment: Moment, cut: PlainCut): void {
    const state = this.#written(name, moment, cut);
    if (state !== null) this.#options.keep({ ...NOTHING_KEPT, saved: [state] });
  }

  /** `null`: it is not plain. */
  #written(name: string, { now, elapsed }: Moment, cut: PlainCut): SavedState | null {
    const bytes = cut.take();
    if (bytes !== null) return { name, now, elapsed, bytes };
    const error = coerceError(cut.error).message;
    this.#options.log.error("state is not saved: a stage keeps what is no plain value", { pipeline: name, error });
    return null;
  }

  #skipped(supervisors: readonly Supervisor[]): void {
    const skipped = supervisors.map((one) => this.nameOf(one));
    if (skipped.length > 0) this.#options.keep({ ...NOTHING_KEPT, skipped });
  }

  #sayForgetful({ pipeline: { name: pipeline }, forgetful: stages }: Supervisor): void {
    if (stages.length === 0 || this.#saidForgetful.has(pipeline)) return;
    this.#saidForgetful.add(pipeline);
    const hint = "let these stages keep it in context.state, or declare memory: 0 when they have none";
    this.#options.log.warn("a restart forgets the state of some stages", { pipeline, stages, hint });
  }

  #goOn(supervisor: Supervisor, before: Supervisor): void {
    const { log } = this.#options;
    const { name: pipeline } = supervisor.pipeline;
    const saved = before.handOver();
    const anew = supervisor.start(saved);
    if (saved === null) log.warn("edited pipeline starts anew: a stage of the old one awaits something", { pipeline });
    else log.info("edited pipeline goes on with its state", { pipeline, ...(anew.length > 0 && { anew }) });
  }

  #restore(supervisor: Supervisor, loaded: readonly SavedState[] = []): void {
    const { log, clock } = this.#options;
    const { name } = supervisor.pipeline;
    const all = this.#decoded(loaded, (plain) => savedPipelineOf(plain));
    const saved = isOwn(loaded) ? all[0] : joinPipelines(all, this.#wantedBy(supervisor));
    if (saved === undefined || saved === null) return void supervisor.start();
    const anew = supervisor.start(saved);
    this.#unproven.add(supervisor);
    const seconds = Math.round(Math.max(0, clock.now() - saved.now) * 1000) / 1000;
    const fields = { pipeline: name, saved_seconds_ago: seconds, ...(anew.length > 0 && { anew }) };
    log.info("pipeline goes on with its state of before", fields);
  }

  #restoreIndex(user: Supervisor): void {
    const { clock, index } = this.#options;
    const loaded = this.#loaded.get(this.#indexOf(user)) ?? [];
    const [first] = loaded;
    const all = this.#decoded(loaded, (plain) => plain);
    const saved = isOwn(loaded) ? all[0] : joinIndexes(all, this.#wantedBy(user));
    if (first === undefined || saved === undefined || saved === null) return;
    index.clear();
    index.restore(saved, first.now, awaySince(first, clock));
  }

  #wantedBy({ spread }: Supervisor): PartitionFilter {
    return { spread, mine: this.#options.mine };
  }

  /** What of these can be read. */
  #decoded<T>(loaded: readonly SavedState[], read: (saved: Plain) => T): T[] {
    return loaded.flatMap(({ name, from = name, bytes }) => {
      try {
        return [read(decodePlain(Buffer.concat(bytes), this.#options.clock.times))];
      } catch (thrown) {
        this.#options.keep({ ...NOTHING_KEPT, spoiled: [{ name: from, why: coerceError(thrown).message }] });
        return [];
      }
    });
  }

  #wait(seconds: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.after(seconds, resolve));
  }
}

function hasIndex({ edges }: Supervisor): boolean {
  return usesIndex(edges);
}

/** Whether it was saved by the same number of workers. */
function isOwn([first]: readonly SavedState[]): boolean {
  return first?.from === undefined;
}
