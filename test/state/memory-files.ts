import type { FileLayer } from "../../src/state/file-layer.ts";

interface Write {
  readonly bytes: Buffer;
  readonly at: number;
}

/** The bytes of a file, with room for more behind them: appending does not copy them. */
class Content {
  #room: Buffer;
  length: number;

  constructor(bytes: Buffer) {
    this.#room = Buffer.from(bytes);
    this.length = bytes.length;
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.length);
  }

  write({ bytes, at }: Write): void {
    const end = at + bytes.length;
    if (end > this.#room.length) {
      const room = Buffer.alloc(2 * end);
      this.bytes.copy(room);
      this.#room = room;
    }
    bytes.copy(this.#room, at);
    this.length = Math.max(this.length, end);
  }
}

class Stored {
  /** What a reader finds. */
  now: Content;
  /** What survives a power cut. */
  durable: Content;
  /** What was written since, in order; a cut to a length is a write of nothing. */
  unsynced: Write[] = [];

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.now = new Content(bytes);
    this.durable = new Content(bytes);
  }

  write(write: Write): void {
    this.now.write(write);
    this.unsynced.push(write);
  }
}

type Names = Map<string, Stored>;

/** Stops everything, as a power cut does. */
export class PowerCut extends Error {}

/** A file system in memory that loses its power at a given call, and with it some of what was not synced. */
export class MemoryFiles implements FileLayer {
  #names: Names = new Map();
  #durableNames: Names = new Map();
  /** Changes of names since the last sync, in order: a journal keeps a beginning of them. */
  #changes: ((names: Names) => void)[] = [];
  readonly #open = new Map<number, Stored>();
  #descriptors = 0;
  /** Calls until the power is cut. */
  left = Number.POSITIVE_INFINITY;
  /** Says what is wrong with a call; null: nothing. A write that fails leaves its first half. */
  fault: (call: string, path?: string) => Error | null = () => null;
  /** What its files may have together, bytes. */
  capacity = Number.POSITIVE_INFINITY;

  /** What a sync waits for: it is for what was written before. */
  syncing: () => Promise<void> = async () => {};

  /** What a machine finds when it has power again: of each write that was not synced all, nothing or its beginning. */
  restart(random: () => number): void {
    this.left = Number.POSITIVE_INFINITY;
    this.fault = () => null;
    this.#open.clear();
    const kept = Math.round(random() * this.#changes.length);
    for (const change of this.#changes.slice(0, kept)) change(this.#durableNames);
    this.#changes = [];
    this.#names = new Map(this.#durableNames);
    for (const stored of this.#names.values()) {
      for (const { bytes, at } of stored.unsynced) {
        const length = random() < 0.4 ? bytes.length : random() < 0.5 ? 0 : Math.floor(random() * bytes.length);
        if (length > 0) stored.durable.write({ bytes: bytes.subarray(0, length), at });
      }
      stored.now = new Content(stored.durable.bytes);
      stored.unsynced = [];
    }
  }

  /** The process ends, and the machine goes on. */
  kill(): void {
    this.left = Number.POSITIVE_INFINITY;
    this.#open.clear();
  }

  /** What its files have together. */
  get bytes(): number {
    return [...this.#names.values()].reduce((sum, { now }) => sum + now.length, 0);
  }

  names(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** All that a file holds, to be changed. */
  content(path: string): Buffer {
    return this.#stored(path).now.bytes;
  }

  put(path: string, bytes: Buffer): void {
    const stored = new Stored(bytes);
    for (const names of [this.#names, this.#durableNames]) names.set(path, stored);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#tick("makeDirectory", path);
  }

  async list(path: string): Promise<string[]> {
    this.#tick("list", path);
    const below = this.names().flatMap((name) => (name.startsWith(`${path}/`) ? name.slice(path.length + 1) : []));
    return [...new Set(below.map((name) => name.split("/")[0] ?? ""))];
  }

  async listDirectories(path: string): Promise<string[]> {
    const names = await this.list(path);
    return names.filter((name) => this.names().some((one) => one.startsWith(`${path}/${name}/`)));
  }

  async open(path: string): Promise<number> {
    this.#tick("open", path);
    const stored = new Stored();
    if (!this.#names.has(path)) this.#change((names) => names.set(path, names.get(path) ?? stored));
    return this.#describe(path);
  }

  async create(path: string): Promise<number> {
    this.#tick("create", path);
    const stored = new Stored();
    this.#change((names) => names.set(path, stored));
    return this.#describe(path);
  }

  async openToRead(path: string): Promise<number> {
    this.#tick("openToRead", path);
    return this.#describe(path);
  }

  async close(file: number): Promise<void> {
    this.#tick("close");
    this.#open.delete(file);
  }

  async size(path: string): Promise<number> {
    this.#tick("size", path);
    return this.#stored(path).now.length;
  }

  /** Files in the order in which they got their names. */
  async changedAt(path: string): Promise<number> {
    this.#tick("changedAt", path);
    this.#stored(path);
    return [...this.#names.keys()].indexOf(path);
  }

  async write(file: number, bytes: Buffer, at: number): Promise<void> {
    const stored = this.#described(file);
    const longer = Math.max(0, at + bytes.length - stored.now.length);
    let written = bytes.length;
    try {
      this.#tick("write");
      if (this.bytes + longer > this.capacity) throw new Error("ENOSPC: no space left on device");
    } catch (thrown) {
      if (!(thrown instanceof PowerCut)) written /= 2; // a cut in the middle of it leaves some of it
      throw thrown;
    } finally {
      stored.write({ bytes: Buffer.from(bytes.subarray(0, written)), at });
    }
  }

  async read(file: number, at: number, length: number): Promise<Buffer> {
    this.#tick("read");
    return Buffer.from(this.#described(file).now.bytes.subarray(at, at + length));
  }

  async truncate(file: number, length: number): Promise<void> {
    this.#tick("truncate");
    const stored = this.#described(file);
    // It is in the journal with the size of the file: at once for this model.
    const bytes = Buffer.concat([stored.now.bytes, Buffer.alloc(length)]).subarray(0, length);
    stored.now = new Content(bytes);
    stored.durable = new Content(bytes);
    stored.unsynced = [];
  }

  async sync(file: number): Promise<void> {
    this.#tick("sync");
    const stored = this.#described(file);
    const { unsynced } = stored;
    const writes = unsynced.length;
    await this.syncing();
    this.#tick("synced");
    if (stored.unsynced !== unsynced) return; // it was cut to a length meanwhile
    for (const write of unsynced.splice(0, writes)) stored.durable.write(write);
  }

  async syncDirectory(): Promise<void> {
    this.#tick("syncDirectory");
    for (const change of this.#changes.splice(0)) change(this.#durableNames);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#tick("rename", from);
    const stored = this.#stored(from);
    this.#change((names) => {
      names.set(to, stored);
      names.delete(from);
    });
  }

  async remove(path: string): Promise<void> {
    this.#tick("remove", path);
    this.#stored(path);
    this.#change((names) => names.delete(path));
  }

  async removeDirectory(path: string): Promise<void> {
    this.#tick("removeDirectory", path);
  }

  #change(change: (names: Names) => void): void {
    change(this.#names);
    this.#changes.push(change);
  }

  #describe(path: string): number {
    this.#open.set(++this.#descriptors, this.#stored(path));
    return this.#descriptors;
  }

  #tick(call: string, path?: string): void {
    if (this.left-- <= 0) throw new PowerCut("the power is cut");
    const error = this.fault(call, path);
    if (error !== null) throw error;
  }

  #described(file: number): Stored {
    const stored = this.#open.get(file);
    if (stored === undefined) throw new Error(`no open file ${file}`);
    return stored;
  }

  #stored(path: string): Stored {
    const stored = this.#names.get(path);
    if (stored === undefined) throw Object.assign(new Error(`no file ${path}`), { code: "ENOENT" });
    return stored;
  }
}
