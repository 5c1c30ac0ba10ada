import type { AlarmClock, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Cut } from "../core/state.ts";
import { INBOX, RESTARTS } from "../engine/ledger.ts";
import { awaySince, keepsState, type SavedPipeline } from "../engine/saved-pipeline.ts";
import type { Supervisor } from "../engine/supervisor.ts";
import type { EventIndex } from "../kit/event-index.ts";
import { bySaved, type HeldPipeline, lastSaved, withFeeders } from "./held-pipeline.ts";
import { hasIndex, joinedTo } from "./joined-pipelines.ts";
import { type KeptState, NOTHING_KEPT, type SavedState } from "./kept-state.ts";
import { LoadedStates, type LoadedStatesOptions } from "./loaded-states.ts";
import { NamedCut } from "./named-cut.ts";
import type { TimeSlices } from "./time-slice.ts";

/** How long it is tried to save a pipeline whose stages await something. */
const TRY_SECONDS = 1;
const TRY_AGAIN_SECONDS = 0.02;
/** After a restore: until then it is not known whether the pipelines get on with what was saved. */
const FIRST_SAVE_SECONDS = 1;

export interface StateKeeperOptions extends Pick<LoadedStatesOptions, "label" | "partitionKey" | "mine"> {
  readonly clock: AlarmClock;
  /** What it waits by. */
  readonly machine: Clock;
  readonly log: Log;
  readonly index: EventIndex;
  /** The pipelines that run. */
  running(): readonly Supervisor[];
  /** Calls back in a later turn; with a journal, between two of its records. */
  later(work: () => void): void;
  /** What is long is written in these. */
  readonly slices: TimeSlices;
  /** With a journal: how many of its events were offered. @default there is none */
  position?: () => number;
  /** The hash of the route file of a pipeline. */
  sourceOf(supervisor: Supervisor): string;
  /** A pipeline goes on with what was saved by another route file. */
  foreign?: ((pipeline: string) => void) | undefined;
  /** Gets what is to outlive the thread. */
  keep(kept: KeptState): void;
}

const MISSED =
  "parts of a pipeline that were saved earlier than its last one miss what came in between: routes were edited";

/** Without a journal. */
const NOWHERE = (): number => -1;

/** Saves what the pipelines of a thread and its index keep, and starts pipelines with what was saved. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  readonly #loaded: LoadedStates;
  /** Not started yet, the one first that was saved first. */
  #held: HeldPipeline[] = [];
  /** Restored, and not saved since. */
  readonly #unproven = new Set<Supervisor>();
  readonly #saidForgetful = new Set<string>();
  #isSaving = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
    const { clock, label, partitionKey, mine, keep } = options;
    const spoiled = (states: KeptState["spoiled"]): void => keep({ ...NOTHING_KEPT, spoiled: states });
    this.#loaded = new LoadedStates({ clock, label, partitionKey, mine, spoiled });
  }

  /** What was saved of pipelines that are to start here, and of the index. */
  load(saved: readonly SavedState[]): void {
    this.#loaded.add(saved);
  }

  /** Resolves when all of these that run can be saved, or have not come to that in time. */
  async settle(supervisors: readonly Supervisor[]): Promise<void> {
    const { machine } = this.#options;
    for (const until = machine.elapsed() + TRY_SECONDS; machine.elapsed() < until; await this.#wait(TRY_AGAIN_SECONDS))
      if (supervisors.every(({ isQuiet, state }) => isQuiet || state === "failed")) return;
  }

  /** Starts new pipelines: with the state of those they replace, or else with what was loaded. */
  start(added: readonly Supervisor[], replaced: readonly Supervisor[]): void {
    const user = added.find(hasIndex);
    if (user !== undefined) this.#restoreIndex(user);
    for (const supervisor of added) {
      const before = replaced.find((one) => this.nameOf(one) === this.nameOf(supervisor));
      if (before !== undefined) this.#goOn(supervisor, before);
      else this.#restore(supervisor);
    }
    this.#loaded.clear();
    if (this.#options.position !== undefined) void this.save();
    else if (this.#unproven.size > 0) this.#options.machine.after(FIRST_SAVE_SECONDS, () => void this.save());
  }

  /** As {@link start}, for a replay: each is started once that has come to where it was saved. */
  hold(added: readonly Supervisor[]): void {
    for (const supervisor of added) {
      supervisor.holdBack();
      const { last: saved, missed } = lastSaved(this.#loaded.of(supervisor));
      if (missed > 0) this.#options.log.error(MISSED, { ...this.#loaded.about(supervisor), events: missed });
      this.#held.push({ supervisor, saved: saved !== null && saved.position >= 0 ? saved : null });
    }
    const isNew = ({ pipeline }: Supervisor): void => this.#options.foreign?.(pipeline.name);
    this.#held = withFeeders(this.#held, isNew).toSorted(bySaved);
  }

  /** The pipelines that are not started yet, the one first that was saved first. */
  get held(): readonly HeldPipeline[] {
    return this.#held;
  }

  /** Starts a pipeline that was held, which takes events from `position` on. */
  release(held: HeldPipeline, position: number): void {
    const { supervisor } = held;
    this.#held = this.#held.filter((one) => one !== held);
    supervisor.since = position;
    if (hasIndex(supervisor)) this.#restoreIndex(supervisor);
    this.#restore(supervisor);
    if (this.#held.length === 0) this.#loaded.clear();
  }

  /** No time of service has passed between now and what the clock is set to. */
  skipTime(set: () => void): void {
    const { running, index, clock } = this.#options;
    const saved = running().map((supervisor) => ({ supervisor, kept: supervisor.save() }));
    const before = { now: clock.now(), elapsed: clock.elapsed() };
    set();
    for (const { supervisor, kept } of saved) if (kept !== null) supervisor.renew(kept);
    index.wasAway(before.now, awaySince(before, clock));
  }

  /** Starts with nothing, and says so: from here on the journal is needed. */
  #begin(supervisor: Supervisor): void {
    supervisor.start();
    const { clock, position, keep } = this.#options;
    if (position === undefined) return;
    const name = this.nameOf(supervisor);
    const from = Math.max(supervisor.since, position());
    const saved = { name, now: clock.now(), elapsed: clock.elapsed(), position: from, bytes: [] };
    keep({ ...NOTHING_KEPT, saved: [saved] });
  }

  /** What is saved of a pipeline goes by this name. */
  readonly nameOf = (supervisor: Supervisor): string => this.#loaded.nameOf(supervisor);

  /** What these keep, for other workers: they are left as they are, and are to be replaced. */
  handOver(supervisors: readonly Supervisor[]): readonly SavedState[] {
    const user = supervisors.find(hasIndex);
    const cuts = supervisors.map((one) => this.#cut(one, () => one.handOver()));
    if (user !== undefined) cuts.push(this.#cutIndex(user));
    return cuts.flatMap((cut) => cut.atOnce().take(this.#options.log) ?? []);
  }

  /** Saves all that can be saved within a second, each pipeline as it is when its turn comes. */
  async save(): Promise<void> {
    if (this.#isSaving) return;
    this.#isSaving = true;
    const { machine, later, slices, position } = this.#options;
    // What was handed over is kept elsewhere; the index may be that of its successors by now.
    const running = (): readonly Supervisor[] => this.#options.running().filter(({ kept }) => kept === null);
    const until = machine.elapsed() + TRY_SECONDS;
    const done = new Set<Supervisor>();
    for (;;) {
      for (const supervisor of running()) {
        if (done.has(supervisor) || !running().includes(supervisor)) continue;
        for (const kept of await this.#keepJoined(supervisor)) done.add(kept);
        await new Promise<void>(later);
      }
      if (running().every((one) => done.has(one)) || machine.elapsed() >= until) break;
      await this.#wait(TRY_AGAIN_SECONDS);
    }
    this.#skipped(running().filter((one) => !done.has(one)));
    const user = running().find(hasIndex);
    if (position === undefined && user !== undefined) {
      const index = this.#cutIndex(user);
      await index.inSlices(slices);
      this.#take([index]);
    }
    this.#isSaving = false;
  }

  /** Keeps what pipelines that have ended had in the end, but for those that start anew. */
  keepLast(ended: readonly Supervisor[], anew: readonly Supervisor[]): void {
    const isKept = (one: Supervisor): boolean => {
      const cut = this.#cut(one, () => one.kept).atOnce();
      if (!this.#isKept(one, cut, anew.includes(one))) return false;
      this.#take([cut]);
      return true;
    };
    this.#skipped(ended.filter((one) => !isKept(one)));
    const user = this.#options.running().find(hasIndex);
    if (user !== undefined) this.#take([this.#cutIndex(user).atOnce()]);
  }

  /**
   * Keeps a pipeline; with a journal, all at once that channels or the index join to it, as each goes on from the same
   * record. Returns those that are kept.
   */
  async #keepJoined(supervisor: Supervisor): Promise<readonly Supervisor[]> {
    const { running, slices, position } = this.#options;
    const all = position === undefined ? [supervisor] : joinedTo(supervisor, running());
    const cuts = all.map((one) => ({ one, cut: this.#cut(one, (cut) => (this.#isStill(one) ? one.save(cut) : null)) }));
    const user = position === undefined ? undefined : all.find(hasIndex);
    const index = user === undefined ? [] : [this.#cutIndex(user)];
    const named = [...cuts.map(({ cut }) => cut), ...index];
    const isLost = (): boolean => cuts.some(({ one, cut }) => cut.isGivenUp && one.state !== "failed");
    for (const cut of named) if (!isLost()) await cut.inSlices(slices);
    if (isLost()) {
      for (const cut of named) cut.giveUp();
      return [];
    }
    const kept = cuts.filter(({ one, cut }) => this.#isKept(one, cut, one.state === "failed"));
    this.#take([...kept.map(({ cut }) => cut), ...index]);
    return all;
  }

  /** With a journal: it has dealt with all that was offered. */
  #isStill({ counts }: Supervisor): boolean {
    return this.#options.position === undefined || (counts[INBOX] ?? 0) === 0;
  }

  #cut(supervisor: Supervisor, save: (cut: Cut) => SavedPipeline | null): NamedCut {
    return this.#newCut(this.nameOf(supervisor)).beginPipeline(save, this.#options.sourceOf(supervisor));
  }

  #cutIndex(user: Supervisor): NamedCut {
    return this.#newCut(this.#loaded.indexOf(user)).begin((cut) => this.#options.index.save(cut));
  }

  #newCut(name: string): NamedCut {
    const { clock, position = NOWHERE } = this.#options;
    return new NamedCut(name, clock, position());
  }

  /** @param hasFailed - Nothing of it is to be kept: it starts anew. */
  #isKept(supervisor: Supervisor, cut: NamedCut, hasFailed: boolean): boolean {
    if (cut.isGivenUp && !hasFailed) return false;
    const name = this.nameOf(supervisor);
    if (this.#unproven.delete(supervisor) && (supervisor.counts[RESTARTS] ?? 0) > 0)
      this.#options.keep({ ...NOTHING_KEPT, spoiled: [{ name, why: "the pipeline threw before it was saved again" }] });
    if (cut.isGivenUp) this.#options.keep({ ...NOTHING_KEPT, gone: [name] });
    this.#sayForgetful(supervisor);
    return true;
  }

  /** Takes what was cut at one time; what was given up is none of it. */
  #take(cuts: readonly NamedCut[]): void {
    const { keep, log } = this.#options;
    const saved = cuts.flatMap((cut) => cut.take(log) ?? []);
    if (saved.length > 0) keep({ ...NOTHING_KEPT, saved });
  }

  #skipped(supervisors: readonly Supervisor[]): void {
    const skipped = supervisors.map((one) => this.nameOf(one));
    if (skipped.length > 0) this.#options.keep({ ...NOTHING_KEPT, skipped });
  }

  #sayForgetful(supervisor: Supervisor): void {
    const [{ name }, stages] = [supervisor.pipeline, [...supervisor.forgetful]];
    if (stages.length === 0 || this.#saidForgetful.has(name)) return;
    this.#saidForgetful.add(name);
    const hint = "let these stages keep it in context.state, or declare memory: 0 when they have none";
    const about = this.#loaded.about(supervisor);
    this.#options.log.warn("a restart forgets the state of some stages", { ...about, stages, hint });
  }

  #goOn(supervisor: Supervisor, before: Supervisor): void {
    const [log, about] = [this.#options.log, this.#loaded.about(supervisor)];
    const saved = before.handOver();
    const anew = supervisor.start(saved);
    if (saved === null) log.warn("edited pipeline starts anew: a stage of the old one awaits something", about);
    else if (keepsState(saved))
      log.info("edited pipeline goes on with its state", { ...about, ...(anew.length > 0 && { anew }) });
  }

  #restore(supervisor: Supervisor): void {
    const { log, machine, sourceOf, foreign, keep } = this.#options;
    const isRestored = this.#loaded.restore(supervisor, (saved) => {
      const anew = supervisor.start(saved);
      const { name: pipeline } = supervisor.pipeline;
      if (saved.source !== sourceOf(supervisor)) foreign?.(pipeline);
      this.#unproven.add(supervisor);
      const secondsAgo = Math.round(Math.max(0, machine.now() - saved.now) * 1000) / 1000;
      if (keepsState(saved)) keep({ ...NOTHING_KEPT, restored: [{ pipeline, secondsAgo }] });
      if (anew.length > 0)
        log.info("some stages of a pipeline start anew", { ...this.#loaded.about(supervisor), anew });
    });
    if (!isRestored) this.#begin(supervisor);
  }

  #restoreIndex(user: Supervisor): void {
    const { clock, index } = this.#options;
    this.#loaded.restoreIndex(user, (saved, at) => {
      index.clear();
      index.restore(saved, at.now, awaySince(at, clock));
    });
  }

  #wait(seconds: number): Promise<void> {
    return new Promise((resolve) => this.#options.machine.after(seconds, resolve));
  }
}
