import type { FileLayer } from "../../src/state/file-layer.ts";

interface Write {
  readonly bytes: Buffer;
  readonly at: number;
}

interface Stored {
  /** What survives a power cut. */
  durable: Buffer;
  /** What was written since, in order. */
  unsynced: Write[];
}

/** Stops everything, as a power cut does. */
export class PowerCut extends Error {}

/** A file system in memory that loses its power at a given call, and what was not synced in part. */
export class MemoryFiles implements FileLayer {
  readonly #files = new Map<string, Stored>();
  readonly #open = new Map<number, string>();
  #descriptors = 0;
  /** Calls until the power is cut. */
  left = Number.POSITIVE_INFINITY;
  /** Thrown by the next writes. */
  failure: Error | null = null;

  /** What a machine finds when it has power again: of each write that was not synced all, nothing or its beginning. */
  restart(random: () => number): void {
    this.left = Number.POSITIVE_INFINITY;
    this.failure = null;
    this.#open.clear();
    for (const stored of this.#files.values()) {
      for (const { bytes, at } of stored.unsynced) {
        const kept = random() < 0.4 ? bytes.length : random() < 0.5 ? 0 : Math.floor(random() * bytes.length);
        if (kept > 0) stored.durable = written(stored.durable, bytes.subarray(0, kept), at);
      }
      stored.unsynced = [];
    }
  }

  names(): string[] {
    return [...this.#files.keys()].sort();
  }

  /** All that a file holds, to be changed. */
  content(path: string): Buffer {
    return content(this.#stored(path));
  }

  put(path: string, bytes: Buffer): void {
    this.#files.set(path, { durable: bytes, unsynced: [] });
  }

  async makeDirectory(): Promise<void> {
    this.#tick();
  }

  async list(path: string): Promise<string[]> {
    this.#tick();
    return this.names().flatMap((name) => (name.startsWith(`${path}/`) ? name.slice(path.length + 1) : []));
  }

  async open(path: string): Promise<number> {
    this.#tick();
    if (!this.#files.has(path)) this.#files.set(path, { durable: Buffer.alloc(0), unsynced: [] });
    this.#open.set(++this.#descriptors, path);
    return this.#descriptors;
  }

  async close(file: number): Promise<void> {
    this.#tick();
    this.#open.delete(file);
  }

  async size(path: string): Promise<number> {
    this.#tick();
    return content(this.#stored(path)).length;
  }

  async write(file: number, bytes: Buffer, at: number): Promise<void> {
    const stored = this.#stored(this.#open.get(file) ?? "");
    stored.unsynced.push({ bytes: Buffer.from(bytes), at }); // a cut in the middle of it leaves some of it
    this.#tick();
    if (this.failure !== null) throw this.failure;
  }

  async read(file: number, at: number, length: number): Promise<Buffer> {
    this.#tick();
    return content(this.#stored(this.#open.get(file) ?? "")).subarray(at, at + length);
  }

  async sync(file: number): Promise<void> {
    this.#tick();
    const stored = this.#stored(this.#open.get(file) ?? "");
    stored.durable = content(stored);
    stored.unsynced = [];
  }

  async rename(from: string, to: string): Promise<void> {
    this.#tick();
    this.#files.set(to, this.#stored(from));
    this.#files.delete(from);
  }

  async remove(path: string): Promise<void> {
    this.#tick();
    this.#files.delete(path);
  }

  #tick(): void {
    if (this.left-- <= 0) throw new PowerCut("the power is cut");
  }

  #stored(path: string): Stored {
    const stored = this.#files.get(path);
    if (stored === undefined) throw new Error(`no file ${path}`);
    return stored;
  }
}

function content({ durable, unsynced }: Stored): Buffer {
  return unsynced.reduce((all, { bytes, at }) => written(all, bytes, at), durable);
}

function written(before: Buffer, bytes: Buffer, at: number): Buffer {
  const after = Buffer.alloc(Math.max(before.length, at + bytes.length));
  before.copy(after);
  bytes.copy(after, at);
  return after;
}
