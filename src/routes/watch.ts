import { watch as watchNames } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, resolve, sep } from "node:path";
import { watch } from "chokidar";
import type { Cancel, Clock } from "../core/clock.ts";
import { codeOf } from "../errors.ts";

export interface WatchOptions {
  readonly clock: Clock;
  /** Seconds without a change before `onChange` is called. @default 0.1 */
  readonly debounce?: number;
  /** Called when the system refuses to watch (too many watches): changes may go unnoticed. @default none */
  readonly onError?: (error: unknown) => void;
}

export interface RouteWatch {
  /**
   * Watches these files too: what the routes import, wherever it lies. Those in `node_modules` are left out.
   * What changes once the promise is fulfilled is noticed.
   */
  add(paths: Iterable<string>): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** How often paths are checked: a path may come to mean something else without the system telling its watchers. */
const LOOK_SECONDS = 1;

/**
 * Calls `onChange` when something in a route directory may have changed: a file saved, renamed, linked or deleted, a
 * ConfigMap swapped, the directory itself replaced or created again, a link anywhere on the way to it swapped. Whoever
 * is called compares the contents; what changes once the promise is fulfilled is noticed, so compile after that.
 *
 * Directories are watched, never files: a file that an editor writes anew under the same name stays watched.
 */
export async function watchRoutes(path: string, onChange: () => void, options: WatchOptions): Promise<RouteWatch> {
  const routes = new Watch(resolve(path), onChange, options);
  await routes.start();
  return routes;
}

/** What watches some directories. */
interface Watcher {
  close(): Promise<void>;
}

/** Watched are the route directory and the parents of all else that matters: of the directory itself, of each input. */
class Watch implements RouteWatch {
  readonly #dir: string;
  readonly #onChange: () => void;
  readonly #options: WatchOptions;
  readonly #inputs = new Set<string>();
  readonly #parent: string;
  /** With all their entries: the route directory, and where inputs lie. */
  readonly #directories: Set<string>;
  #watcher: Watcher | null = null;
  /** What the paths stood for when the watch began, or when they were added. */
  #places: ReadonlyMap<string, string> = new Map();
  #cancel: Cancel = () => {};
  #cancelLook: Cancel = () => {};
  /** New watches and calls of `onChange`, one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #isLooking = false;
  #isClosed = false;

  constructor(dir: string, onChange: () => void, options: WatchOptions) {
    this.#dir = dir;
    this.#onChange = onChange;
    this.#options = options;
    this.#parent = dirname(dir);
    this.#directories = new Set([dir]);
  }

  async start(): Promise<void> {
    await this.#watchAfresh();
    this.#cancelLook = this.#options.clock.every(LOOK_SECONDS, () => void this.#look());
  }

  async #watchAfresh(): Promise<void> {
    const old = this.#watcher;
    for (;;) {
      this.#places = await this.#locate();
      this.#watcher = await this.#open();
      // A directory may be replaced while the watch begins, before the system has anything to tell.
      if (this.#isClosed || !this.#hasMoved(await this.#locate())) break;
      await this.#watcher.close();
    }
    await old?.close();
    if (this.#isClosed) await this.#watcher.close();
  }

  /** What the paths stand for now, links on the way to them followed: of a file where it lies, as its content is watched. */
  async #locate(): Promise<ReadonlyMap<string, string>> {
    const directories = [this.#parent, ...this.#directories];
    const places = [
      ...directories.map(async (path) => [path, await identity(path)] as const),
      ...[...this.#inputs].map(async (path) => [path, await realpath(path).catch(() => NONE)] as const),
    ];
    return new Map(await Promise.all(places));
  }

  #hasMoved(now: ReadonlyMap<string, string>): boolean {
    return [...now].some(([path, place]) => (this.#places.get(path) ?? place) !== place);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return; // a network that does not answer may take long
    this.#isLooking = true;
    const hasMoved = this.#hasMoved(await this.#locate());
    this.#isLooking = false;
    if (hasMoved) this.#notice(this.#dir);
  }

  async #open(): Promise<Watcher> {
    const listed = await this.#list([...this.#directories]);
    // Beside the route directory may be any number of files of others: unless one is an input, only names matter there.
    const closeNames = this.#directories.has(this.#parent) ? () => {} : this.#watchNames(this.#parent);
    return {
      async close() {
        closeNames();
        await listed.close();
      },
    };
  }

  /** Watches directories, and each entry that is of interest. */
  async #list(directories: readonly string[]): Promise<Watcher> {
    // chokidar counts a path that is not there twice, and then is "ready" before it watches the others.
    const isThere = async (dir: string): Promise<string[]> => ((await identity(dir)) === NONE ? [] : [dir]);
    const there = (await Promise.all(directories.map(isThere))).flat();
    if (there.length === 0) return { close: async () => {} };
    const watcher = watch(there, {
      depth: 0,
      ignoreInitial: true,
      ignorePermissionErrors: true,
      ignored: (path) => !this.#directories.has(path) && !this.#isOfInterest(path),
    });
    watcher.on("all", (_, path) => this.#notice(path));
    // A swapped link is no change to chokidar while its name is still there; the system's own event tells.
    watcher.on("raw", (_, name, details) => this.#notice(resolve(watchedPathOf(details), name ?? "")));
    watcher.on("error", (error) => this.#options.onError?.(error));
    await new Promise<void>((ready) => watcher.once("ready", ready));
    return watcher;
  }

  /** Watches what the entries of a directory are called. Returns what ends that. */
  #watchNames(dir: string): () => void {
    try {
      const watcher = watchNames(dir, (_, name) => this.#notice(name === null ? this.#dir : resolve(dir, name)));
      watcher.on("error", (error) => this.#options.onError?.(error));
      return () => watcher.close();
    } catch (thrown) {
      // Not there, or not to be read: what the paths stand for is looked at all the same.
      if (!ABSENT.has(codeOf(thrown))) this.#options.onError?.(thrown);
      return () => {};
    }
  }

  add(paths: Iterable<string>): Promise<void> {
    const before = this.#directories.size;
    for (const path of paths) {
      const input = resolve(path);
      if (input.includes(`${sep}node_modules${sep}`)) continue;
      this.#inputs.add(input);
      this.#directories.add(dirname(input));
    }
    const isGrown = this.#directories.size > before;
    this.#queue = this.#queue.then(async () => {
      if (!this.#isClosed && isGrown) await this.#watchAfresh();
      // What was known before it counts, should it have moved meanwhile.
      else this.#places = new Map([...(await this.#locate()), ...this.#places]);
    });
    return this.#queue;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    this.#cancelLook();
    await this.#queue;
    await this.#watcher?.close();
  }

  #isOfInterest(path: string): boolean {
    return path === this.#dir || this.#inputs.has(path) || this.#isOwn(path);
  }

  #isOwn(path: string): boolean {
    if (dirname(path) !== this.#dir) return false;
    const name = basename(path);
    // Hidden files are editors' and tools' own, but for the links of a ConfigMap.
    if (name.startsWith(".")) return name.startsWith("..");
    return name !== "node_modules" && !NO_SOURCE.test(name);
  }

  #notice(path: string): void {
    if (this.#isClosed || !this.#isOfInterest(path)) return;
    this.#cancel();
    this.#cancel = this.#options.clock.after(this.#options.debounce ?? 0.1, () => {
      this.#queue = this.#queue.then(() => this.#settle());
    });
  }

  async #settle(): Promise<void> {
    // The system watches what a directory is, not what it is called: another one under the same name needs a new watch.
    if (!this.#isClosed && this.#hasMoved(await this.#locate())) {
      // First, as chokidar shares one system watch among all that watch the same name.
      await this.#watcher?.close();
      await this.#watchAfresh();
    }
    if (!this.#isClosed) this.#onChange();
  }
}

/** What routes can only be made of by importing it, and then it is an input: a log that lies here grows all the time. */
const NO_SOURCE = /\.(?![cm]?[jt]sx?$|json$)[^.]*$/;

const NONE = "none";

const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES", "EPERM"]);

/** A directory that is made in place of a deleted one often gets its inode: they differ in when they were made. */
async function identity(dir: string): Promise<string> {
  const found = await stat(dir, { bigint: true }).catch(() => null);
  return found === null ? NONE : `${found.dev}:${found.ino}:${found.birthtimeNs}`;
}

/** The directory a raw event comes from; the event names the entry only. */
function watchedPathOf(details: unknown): string {
  const isNamed = typeof details === "object" && details !== null && "watchedPath" in details;
  return isNamed ? String(details.watchedPath) : "";
}
