import type { Clock } from "../core/clock.ts";
import { ownerOf, type StatePart, stateName, workerLabel } from "../core/spread.ts";
import type { ThreadTargetReport } from "../delivery/report.ts";
import { lastReport, sumsOf } from "../delivery/target-totals.ts";
import type { Problem } from "../routes/problem.ts";
import type { SavedState } from "../runtime/kept-state.ts";
import type { Assignment } from "../runtime/live-files.ts";
import type { Answer, Form } from "../runtime/report.ts";
import { NO_WORKER } from "../runtime/search.ts";
import type { StopReport } from "../runtime/shutdown.ts";
import type { Silence } from "../silences/silence.ts";
import { AsideFrames } from "./aside-frames.ts";
import type { HostOptions } from "./host.ts";
import type { ReplayFilter } from "./poison-record.ts";
import type { RingMemory } from "./ring.ts";
import type { RingWriter } from "./ring-writer.ts";
import { indexOf } from "./state-names.ts";
import { type LinkOptions, WorkerLink } from "./worker-link.ts";
import { type StartThread, startWorkerThread, type WorkerThread } from "./worker-thread.ts";

export interface CurrentThreadOptions extends HostOptions, LinkOptions {
  readonly worker: number;
  readonly workers: number;
  readonly memory: RingMemory;
  readonly ring: RingWriter;
  readonly clock: Clock;
  readonly startThread?: StartThread;
}

const RESTS = "pipelines move from a worker that ended too often: they go on with what was saved of them last";

/** The thread of a worker that runs now, if one does. The next one is told what still holds: taps, silences, unread frames. */
export class CurrentThread {
  readonly #options: CurrentThreadOptions;
  readonly #aside = new AsideFrames();
  #live: { readonly thread: WorkerThread; readonly link: WorkerLink } | null = null;
  /** Which taps somebody listens to, and how many characters a show may have. */
  #heard: readonly [taps: readonly string[], capacity: number] = [[], 0];
  #silences: readonly Silence[] = [];
  /** The pipelines that the thread has: it knows more of their alerts and state than we do. */
  #pipelines: readonly string[] = [];
  #states: readonly string[] = [];
  /** Of threads that are gone. */
  #pastTargets: readonly ThreadTargetReport[] = [];

  constructor(options: CurrentThreadOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#live !== null;
  }

  /** Starts a thread. When it is gone, `gone` is given what answers null to all that it was still asked. */
  start(gone: (giveUp: () => void) => void): void {
    const { worker, workers, memory, ring, log, startThread = startWorkerThread } = this.#options;
    const { inbox, maxStateBytes, defaultTtl, maxAhead, timeUnits, partitionKey, stopDeadline, dataDir } =
      this.#options;
    const link = new WorkerLink(this.#options);
    const aside = this.#aside.open(ring.done(worker));
    const { isOn: keepsState, origin } = this.#options.state;
    const { journal } = this.#options;
    const state = { keepsState, origin, journal: journal && { dir: journal.dir, start: journal.start } };
    const settings = {
      inbox,
      maxStateBytes,
      defaultTtl,
      maxAhead,
      timeUnits,
      partitionKey,
      stopDeadline,
      dataDir,
      ...state,
    };
    const init = { worker, workers, ring: memory, port: link.theirs, aside, ...settings };
    const exited = (): void => {
      this.#end(link);
      gone(() => link.giveUp());
    };
    this.#pipelines = [];
    this.#states = [];
    this.#live = { link, thread: startThread(init, log, exited) };
    link.listen(...this.#heard);
    link.silence(this.#silences);
  }

  #end(link: WorkerLink): void {
    this.#live = null;
    link.close();
    const { clock, state } = this.#options;
    const endedAt = clock.elapsed() - state.origin; // by the clock of the thread
    this.#pastTargets = sumsOf([...this.#past(link), ...link.targets.map((report) => lastReport(report, endedAt))]);
    this.#aside.close();
  }

  /** What threads that are gone had, but for targets that the one of `link` has closed. */
  #past(link: WorkerLink): readonly ThreadTargetReport[] {
    return this.#pastTargets.filter(({ target }) => !link.hasClosed(target));
  }

  /** Ends it, whatever it does. */
  async terminate(): Promise<void> {
    await this.#live?.thread.terminate();
  }

  sendAside(bytes: SharedArrayBuffer): void {
    const { ring, worker } = this.#options;
    this.#aside.send(bytes, ring.events, ring.done(worker));
  }

  save(): void {
    this.#live?.link.save();
  }

  listen(taps: readonly string[], capacity: number): void {
    this.#heard = [taps, capacity];
    this.#live?.link.listen(taps, capacity);
  }

  silence(silences: readonly Silence[]): void {
    this.#silences = silences;
    this.#live?.link.silence(silences);
  }

  async search(query: string, forms: readonly Form[]): Promise<readonly Answer[]> {
    if (this.#live === null) return forms.map(() => NO_WORKER);
    const { ring } = this.#options;
    return this.#live.link.search(query, forms, ring.events + ring.coming);
  }

  /** What became of what the targets of all threads were given; of targets elsewhere only what was not handed over. */
  get targets(): readonly ThreadTargetReport[] {
    if (this.#live === null) return this.#pastTargets;
    const { link } = this.#live;
    return [...this.#past(link), ...link.targets];
  }

  /** Null when there is no thread, or when it ends before it has answered. */
  async prepare(assignment: Assignment): Promise<readonly Problem[] | null> {
    return this.#live?.link.prepare(assignment) ?? null;
  }

  /** What these pipelines keep, which leave it with the next commit; null as for {@link prepare}. */
  async release(pipelines: readonly string[]): Promise<readonly SavedState[] | null> {
    return this.#live?.link.release(pipelines) ?? null;
  }

  /** What was saved last of those of these pipelines that are assigned, which move and have no thread. */
  async lastSaved(assigned: Assignment, pipelines: readonly string[]): Promise<readonly SavedState[]> {
    const { worker, state, ring, clock, log } = this.#options;
    const owned = assigned.owned.filter((name) => pipelines.includes(name));
    if (owned.length === 0) return [];
    const all = await state.of(this.stateNames({ ...assigned, owned }), false, new Set(owned));
    // What others saved here before is found where they go.
    const saved = all.filter(({ from }) => from === undefined);
    const missing = saved.map(({ position }) => (position < 0 ? 0 : ring.events - position));
    log.warn(RESTS, {
      worker: worker + 1,
      pipelines: owned,
      seconds_ago: Math.round(Math.max(0, ...saved.map(({ now }) => clock.now() - now))),
      ...(Math.max(...missing) > 0 && { events_missing: Math.max(...missing) }),
    });
    return saved;
  }

  /**
   * As for {@link prepare}.
   *
   * @param moved - What pipelines that come from other workers kept there.
   * @param filter - Of what a replay gives to these, by the names of their states.
   */
  async commit(
    assignment: Assignment,
    moved: readonly SavedState[],
    filter: (states: readonly string[]) => ReplayFilter,
  ): ReturnType<WorkerLink["commit"]> {
    const [had, hadStates] = [this.#pipelines, this.#states];
    this.#pipelines = assignment.owned;
    this.#states = this.stateNames(assignment);
    const added = this.#pipelines.filter((name) => !had.includes(name));
    const addedStates = this.#states.filter((name) => !hadStates.includes(name));
    const link = this.#live?.link;
    const moving = new Set(moved.map(({ name }) => ownerOf(name).pipeline));
    const saved = await this.#options.state.of(addedStates, had.length > 0, moving);
    const states = withMoved(saved, moved, addedStates);
    const replay = { ...filter(this.#states), marks: this.#options.marks?.of(addedStates) ?? new Map() };
    return link?.commit(this.#options.alerts.of(added), states, replay) ?? null;
  }

  /** What is saved of the pipelines here goes by these names. */
  stateNames({ owned, spreads }: Assignment): readonly string[] {
    return owned.map((name) => stateName(name, spreads?.get(name), this.#part));
  }

  get #part(): StatePart {
    const { worker, workers, partitionKey } = this.#options;
    return { label: workerLabel(worker, workers), partitionKey };
  }

  discard(): void {
    this.#live?.link.discard();
  }

  /** As for {@link prepare}. */
  async stop(seconds: number): Promise<StopReport | null> {
    return this.#live?.link.stop(seconds) ?? null;
  }
}

/** What was saved, but for what has moved since: that is newer. */
function withMoved(
  saved: readonly SavedState[],
  moved: readonly SavedState[],
  names: readonly string[],
): readonly SavedState[] {
  const targets = new Set([...names, ...names.map(indexOf)]);
  const fresh = [...targets].flatMap((name) =>
    moved
      .filter((one) => ownerOf(one.name).pipeline === ownerOf(name).pipeline)
      .map((one): SavedState => ({ ...one, name, from: one.name })),
  );
  return [...saved.filter(({ name }) => !fresh.some((one) => one.name === name)), ...fresh];
}
