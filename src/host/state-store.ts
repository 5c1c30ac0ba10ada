import { join } from "node:path";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { usesIndex } from "../core/pipeline-edges.ts";
import { ownerOf } from "../core/spread.ts";
import type { KeptState, SavedState } from "../runtime/kept-state.ts";
import type { StateReport } from "../runtime/report.ts";
import { atMost } from "../runtime/shutdown.ts";
import { type FileLayer, NODE_FILES } from "../state/file-layer.ts";
import type { FileLock } from "../state/file-lock.ts";
import { MAX_ASIDE_FILES, type Snapshot, SnapshotFiles } from "../state/snapshot-files.ts";
import { reasonOf, takeDirectory, wayOut } from "../state/unusable-directory.ts";
import { NeededPositions } from "./needed-positions.ts";
import { RestoredLog } from "./restored-log.ts";
import { type StateOwner, savedTogether, snapshotGroups, withIndex } from "./snapshot-groups.ts";
import { SnapshotQueue } from "./snapshot-queue.ts";
import { isRecord, SpreadRecord, type SpreadWay } from "./spread-record.ts";
import { indexOf, isIndex, shown } from "./state-names.ts";
import { StateSources } from "./state-sources.ts";
import { UnprovenStates } from "./unproven-states.ts";
import { WaitingSnapshots } from "./waiting-snapshots.ts";

/** How long it is tried at a stop whether state can be written. */
const TRIAL_SECONDS = 5;
/** What a snapshot may have grown by since the last one. */
const GROWTH_BYTES = 65_536;

export interface StateStoreOptions {
  /** `null`: nothing is kept. */
  readonly dir: string | null;
  /** Seconds between two snapshots. */
  readonly interval: number;
  /** Whether a journal has what came in since. @default false */
  readonly hasJournal?: boolean;
  /** One that has no origin of its own. */
  readonly clock: Clock;
  readonly log: Log;
  readonly files?: FileLayer;
}

interface Disk {
  readonly files: SnapshotFiles;
  readonly lock: FileLock;
}

/** The state of all pipelines on disk: over restarts, the ends of workers, and reloads. */
export class StateStore {
  /** When `elapsed` of the threads' clocks was 0, by that of `clock`: it goes on from what was saved last. */
  readonly origin: number;
  /** What was saved last, of all that was found. */
  readonly found: { readonly elapsed: number; readonly position: number };
  /** Events of the journal before this one are not needed any more. */
  onTrim: (position: number) => void = () => {};
  /** Those whose state cannot be written at this stop: they give out what they hold instead. */
  unsavable: readonly string[] = [];
  readonly #options: StateStoreOptions;
  readonly #disk: Disk | null;
  readonly #sources: StateSources;
  readonly spread: SpreadRecord;
  /** When each of what runs was saved last, by the clock's `elapsed`. */
  readonly #savedAt = new Map<string, number>();
  readonly #indexUsers = new Set<string>();
  /** Pipelines that channels or the index join, with that. */
  #groups: readonly (readonly string[])[] = [];
  readonly #unproven = new UnprovenStates();
  readonly #sizes = new Map<string, number>();
  /** Given to be written, and not on disk. */
  readonly #unsaved = new Set<string>();
  readonly #waiting = new WaitingSnapshots();
  readonly #positions = new NeededPositions();
  readonly #queue: SnapshotQueue;
  readonly #restored: RestoredLog;
  #skipped = 0;

  private constructor(
    options: StateStoreOptions,
    disk: Disk | null,
    onDisk: readonly Snapshot[],
    error: string | null,
  ) {
    this.#options = options;
    this.#restored = new RestoredLog(options.clock, options.log);
    this.#disk = disk;
    const { dir, interval, log, hasJournal = false } = options;
    this.#queue = new SnapshotQueue({ files: disk?.files ?? null, dir, interval, log, unsaved: this.#unsaved }, error);
    const found = onDisk.filter((one) => !isRecord(one));
    this.spread = new SpreadRecord(onDisk, hasJournal);
    this.#sources = new StateSources(hasJournal);
    for (const { name, now } of found) this.#sources.found(name, now);
    const last = (of: (one: Snapshot) => number): number => Math.max(0, ...found.map(of));
    this.found = { elapsed: last(({ elapsed }) => elapsed), position: last(({ position }) => position) };
    this.origin = found.length === 0 ? 0 : options.clock.elapsed() - this.found.elapsed;
  }

  /** One that keeps nothing. */
  static off(options: StateStoreOptions): StateStore {
    return new StateStore(options, null, [], null);
  }

  /** Reads what the last process left. Without a directory that can be used it goes on, and keeps nothing. */
  static async open(options: StateStoreOptions): Promise<StateStore> {
    const { dir, log, files = NODE_FILES } = options;
    if (dir === null) return StateStore.off(options);
    const setAside = (file: string, why: string): void =>
      log.error("saved state is set aside", { file, why, kept: `the last ${MAX_ASIDE_FILES} such files` });
    const disk = new SnapshotFiles({ dir, files, setAside });
    try {
      await files.makeDirectory(dir);
      const lock = await takeDirectory(join(dir, "lock"));
      return new StateStore(options, { files: disk, lock }, await disk.open(), null);
    } catch (thrown) {
      const [error, hint] = [reasonOf(thrown, dir), wayOut(thrown, dir, "--state")];
      log.error("state is not kept: its directory cannot be used", { dir, error, hint, until: "fast-ts starts again" });
      return new StateStore(options, null, [], error);
    }
  }

  /** From now on states are spread so. */
  begin(way: SpreadWay): void {
    this.spread.now = way;
    this.#sources.tell(way.partitionKey, this.#options.log);
  }

  /** State is kept. */
  get isOn(): boolean {
    return this.#disk !== null;
  }

  /** Calls back at each interval, when state is kept. */
  everyInterval(clock: Clock, save: () => void): Cancel {
    return this.isOn ? clock.every(this.#options.interval, save) : () => {};
  }

  get report(): StateReport | null {
    if (this.#options.dir === null) return null;
    const now = this.#options.clock.elapsed();
    const oldest = Math.min(now, ...this.#savedAt.values());
    return { error: this.#queue.error, ageSeconds: now - oldest, skipped: this.#skipped };
  }

  /**
   * These are all pipelines there are from now on: what is saved of those that were there and are not is of no use.
   *
   * @param moving - Those that go to another thread, without their state.
   */
  claim(pipelines: readonly StateOwner[], moving: readonly StateOwner[] = []): void {
    this.#groups = snapshotGroups(pipelines);
    this.#indexUsers.clear();
    for (const { name, edges } of pipelines) if (usesIndex(edges)) this.#indexUsers.add(name);
    const all = withIndex(pipelines);
    // What moves goes on from what was saved of it, until it is saved where it is now.
    for (const name of withIndex(moving))
      if (!all.has(name) && (!isIndex(name) || this.#indexUsers.size > 0)) this.#savedAt.delete(name);
    for (const { name } of pipelines)
      if (!this.#savedAt.has(name)) this.#savedAt.set(name, this.#options.clock.elapsed());
    for (const name of [...this.#savedAt.keys(), ...this.#sources.outdated(all, this.#options)]) {
      if (all.has(name)) continue;
      this.#savedAt.delete(name);
      this.#remove(name);
    }
  }

  /** What is saved of pipelines that start in a thread, and of the index for them; `moving`: from one where all was well. */
  async of(pipelines: readonly string[], hasIndex: boolean, moving = new Set()): Promise<readonly SavedState[]> {
    const disk = this.#disk;
    if (disk === null || pipelines.length === 0) return [];
    await this.#queue.done();
    const user = hasIndex ? undefined : pipelines.find((name) => this.#indexUsers.has(name));
    const names = new Set(user === undefined ? pipelines : [...pipelines, indexOf(user)]);
    const alone = [...names].filter((name) => !this.#groups.some((group) => group.includes(name)));
    const groups = [...this.#groups, ...alone.map((name) => [name])].map((group) =>
      group.filter((name) => names.has(name)).flatMap((name) => this.#sources.of(name)),
    );
    const dropLast = (name: string): Promise<void> => disk.files.dropLast(name);
    const found = await savedTogether(groups, (name) => this.#queue.read(name), dropLast, this.#options.log);
    this.#positions.found(found);
    for (const { name, bytes } of found)
      if (bytes.length > 0 && !moving.has(ownerOf(name).pipeline)) this.#unproven.restored(name);
    return found;
  }

  keep({ saved, skipped, gone, spoiled, restored }: KeptState): void {
    this.#restored.add(restored);
    this.#skipped += skipped.length;
    for (const name of gone) {
      this.#remove(name);
      this.#positions.gone(name);
      this.spread.saved(name);
    }
    for (const { name, why } of spoiled) this.#setAside(name, why);
    const there = saved.filter(({ name }) => isIndex(name) || this.#savedAt.has(name)); // others have gone meanwhile
    for (const { name } of there) this.#unproven.forget(name);
    for (const name of this.unsavable) this.#unsaved.delete(name); // they have been named
    this.#write(there.filter(({ name }) => !this.unsavable.includes(name)));
  }

  /** The thread of these has ended: see {@link UnprovenStates}. */
  ended(pipelines: readonly string[], hasHung: boolean): void {
    for (const { name, why } of this.#unproven.ended(pipelines, hasHung)) {
      this.#setAside(name, why);
      if (this.#indexUsers.has(name)) this.#unproven.forget(indexOf(name));
    }
  }

  /** Looks, before a stop, whose state can be written: see {@link unsavable}. */
  async tryOut(): Promise<void> {
    this.unsavable = await this.unwritable();
    const pipelines = [...new Set(this.unsavable.map(shown))];
    const { dir, log } = this.#options;
    if (pipelines.length > 0)
      log.error("state cannot be saved at this stop: what windows hold is given out now", { dir, pipelines });
  }

  /** Those whose state could not be written now; none, if the disk does not answer. */
  async unwritable(): Promise<readonly string[]> {
    let found: readonly string[] = [];
    this.#queue.add("try to write", async (disk) => {
      const names = new Set([...this.#savedAt.keys(), ...[...this.#indexUsers].map(indexOf)]);
      const sizes = [...names].map((name) => [name, (this.#sizes.get(name) ?? 0) + GROWTH_BYTES] as const);
      found = await disk.unwritable(new Map(sizes));
    });
    await atMost(this.#options.clock, TRIAL_SECONDS, this.#queue.done());
    return found;
  }

  /** Those whose last state is not on disk, for a report of a stop. */
  get unsaved(): string[] {
    return [...this.#unsaved].map(shown);
  }

  /** Resolves when what was kept until now is written, or could not be. */
  written(): Promise<unknown> {
    return this.#queue.done();
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await this.#queue.done();
    await this.#disk?.lock.release();
  }

  #remove(name: string): void {
    this.#positions.forget(name);
    this.#unproven.forget(name);
    this.#unsaved.delete(name);
    this.#waiting.forget(name);
    this.#sources.removed(name);
    this.#queue.add("forget", (disk) => disk.remove(name));
  }

  #setAside(name: string, why: string): void {
    this.#unproven.forget(name);
    this.#waiting.forget(name);
    for (const { from } of this.#sources.of(name)) this.#queue.add("set aside", (disk) => disk.setAside(from, why));
  }

  /** Writes what was saved together, all of it or all of a newer one. */
  #write(snapshots: readonly Snapshot[]): void {
    if (snapshots.length === 0) return;
    for (const { name, bytes } of snapshots) {
      this.#unsaved.add(name);
      const size = bytes.reduce((sum, { length }) => sum + length, 0);
      this.#sizes.set(name, size);
    }
    const batch = this.#waiting.add(snapshots);
    if (batch === null) return;
    this.#queue.add("write", async (disk) => {
      this.#waiting.begin(batch);
      await disk.write(batch.snapshots);
      for (const one of batch.snapshots) this.#noteWritten(one);
      await this.#settle(disk);
      this.#trim();
    });
  }

  #noteWritten({ name, now, position }: Snapshot): void {
    this.spread.saved(name, this.#sources.saved(name, now));
    this.#savedAt.set(name, this.#options.clock.elapsed());
    if (!this.#waiting.has(name)) this.#unsaved.delete(name);
    this.#positions.saved(name, position);
  }

  /** What is of no use any more goes. */
  async #settle(disk: SnapshotFiles): Promise<void> {
    const { record, outdated } = this.spread.settle(this.#savedAt.keys());
    if (record !== null) {
      await disk.write([record]);
      this.spread.written();
    }
    for (const name of outdated) await disk.remove(name);
  }

  /** What a snapshot goes on from, or the one before it, is needed; and all, of what was never saved. */
  #trim(): void {
    if (this.spread.isMoving(this.#savedAt.keys())) return;
    const position = this.#positions.first(this.#savedAt.keys());
    if (position > 0 && position < Number.POSITIVE_INFINITY) this.onTrim(position);
  }
}
