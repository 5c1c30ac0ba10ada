import { createHash } from "node:crypto";
import { join } from "node:path";
import { coerceError } from "../errors.ts";
import { checksum } from "./entry.ts";
import type { FileLayer } from "./file-layer.ts";

/*
 * NAME.state and, of the time before, NAME.state.1:
 *
 *   | MAGIC | checksum of what follows, 32 bits | now, 64-bit float | elapsed, 64-bit float | position, 64-bit float |
 *   | length of the name, 32 bits | name | bytes |
 *
 * little-endian. It is written beside and renamed: a cut at any byte leaves what was there.
 */
const MAGIC = Buffer.from("FTSSNAP2");
const CHECKSUM_AT = MAGIC.length;
const NOW_AT = CHECKSUM_AT + 4;
const ELAPSED_AT = NOW_AT + 8;
const POSITION_AT = ELAPSED_AT + 8;
const LENGTH_AT = POSITION_AT + 8;
const NAME_AT = LENGTH_AT + 4;
const END = ".state";
const BEFORE = ".state.1";
const UNFINISHED = ".state.new";
const ASIDE = ".aside";
/** Files that were set aside and are kept, of all names; the oldest go beyond this. */
export const MAX_ASIDE_FILES = 16;
const MAX_LABEL_CHARACTERS = 40;

/** What was saved of something that has a name. */
export interface Snapshot {
  readonly name: string;
  /** Unix seconds, and seconds of service, at which it was saved. */
  readonly now: number;
  readonly elapsed: number;
  /** Events of the journal that are in it. */
  readonly position: number;
  /** One after the other. */
  readonly bytes: readonly Uint8Array[];
}

export interface SnapshotFilesOptions {
  readonly dir: string;
  readonly files: FileLayer;
  /** A file that cannot be used has another name now. */
  setAside(file: string, why: string): void;
}

/** The last two snapshots of each name, in a directory. */
export class SnapshotFiles {
  readonly #options: SnapshotFilesOptions;

  constructor(options: SnapshotFilesOptions) {
    this.#options = options;
  }

  /** The last snapshots of all names. Makes the directory when it is not there. */
  async open(): Promise<Snapshot[]> {
    const { dir, files } = this.#options;
    await files.makeDirectory(dir);
    const names = await files.list(dir);
    // One that cannot be removed, as it is a directory, concerns its own name alone: that is told of when it is written.
    for (const name of names) if (name.endsWith(UNFINISHED)) await files.remove(join(dir, name)).catch(() => {});
    const bases = names.flatMap((name) => (/^(.*)\.state(\.1)?$/.exec(name) ?? []).slice(1, 2));
    const found: Snapshot[] = [];
    for (const base of new Set(bases)) {
      const last = await this.#last(base, null);
      if (last !== null) found.push(last);
    }
    return found;
  }

  /** The last snapshot that can be read; what cannot is set aside. */
  read(name: string): Promise<Snapshot | null> {
    return this.#last(baseOf(name), name);
  }

  /** All snapshots that can be read, the last first; what cannot is set aside. */
  async readAll(name: string): Promise<Snapshot[]> {
    const found: Snapshot[] = [];
    for (const end of [END, BEFORE]) found.push(...(await this.#read(baseOf(name) + end, name)));
    return found;
  }

  /** Forgets the last snapshot: the one before is the last now. */
  async dropLast(name: string): Promise<void> {
    await ifThere(this.#options.files.remove(join(this.#options.dir, baseOf(name) + END)));
  }

  /**
   * Writes what was saved together: whenever that is cut off, all have a snapshot of this time, or all of the time before.
   * When there is no room for one, what was there is there.
   */
  async write(snapshots: readonly Snapshot[]): Promise<void> {
    const { dir, files } = this.#options;
    const unfinished = new Map<string, string>();
    for (const one of snapshots)
      unfinished.set(one.name, await this.#writeUnfinished(one.name, (file) => this.#writeSnapshot(file, one)));
    for (const [name, path] of unfinished) {
      const base = join(dir, baseOf(name));
      await this.#move(base + END, base + BEFORE);
      await files.rename(path, base + END);
    }
    await files.syncDirectory(dir);
  }

  /** Those of these names for whose next snapshots, of so many bytes, there is no room, or that cannot be written. */
  async unwritable(sizes: Iterable<readonly [name: string, bytes: number]>): Promise<string[]> {
    const [tried, failed]: [string[], string[]] = [[], []];
    for (const [name, bytes] of sizes) {
      const { files } = this.#options;
      const written = this.#writeUnfinished(name, (file) => files.write(file, Buffer.alloc(bytes), 0));
      await written.then(
        (path) => tried.push(path),
        () => failed.push(name),
      );
    }
    for (const path of tried) await ifThere(this.#options.files.remove(path));
    return failed;
  }

  /** Forgets a name. */
  async remove(name: string): Promise<void> {
    const { dir, files } = this.#options;
    for (const end of [END, BEFORE]) await ifThere(files.remove(join(dir, baseOf(name) + end)));
  }

  /** What is there of a name is no longer read. */
  async setAside(name: string, why: string): Promise<void> {
    for (const end of [END, BEFORE]) await this.#setAside(baseOf(name) + end, why);
  }

  /** Makes the directory when it is not there any more. */
  async #writeUnfinished(name: string, write: (file: number) => Promise<void>): Promise<string> {
    const { dir, files } = this.#options;
    const unfinished = join(dir, baseOf(name) + UNFINISHED);
    await files.makeDirectory(dir);
    const file = await files.create(unfinished);
    try {
      await write(file);
      await files.sync(file);
    } finally {
      await files.close(file);
    }
    return unfinished;
  }

  /** Piece by piece, as what is long would hold up others; what comes first says at last that all is there. */
  async #writeSnapshot(file: number, snapshot: Snapshot): Promise<void> {
    const { files } = this.#options;
    const head = headOf(snapshot);
    let at = head.length;
    let sum = checksum(head.subarray(NOW_AT));
    for (const { buffer, byteOffset, length } of snapshot.bytes) {
      const piece = Buffer.from(buffer, byteOffset, length);
      sum = checksum(piece, sum);
      await files.write(file, piece, at);
      at += length;
    }
    head.writeUInt32LE(sum, CHECKSUM_AT);
    await files.write(file, head, 0);
  }

  async #last(base: string, name: string | null): Promise<Snapshot | null> {
    for (const end of [END, BEFORE]) {
      const [found = null] = await this.#read(base + end, name);
      if (found !== null) return found;
    }
    return null;
  }

  /** The snapshot in a file, if there is one. */
  async #read(file: string, name: string | null): Promise<Snapshot[]> {
    const path = join(this.#options.dir, file);
    try {
      const length = await ifThere(this.#options.files.size(path));
      if (length === null) return [];
      const snapshot = decode(await this.#bytes(path, length));
      if (name !== null && snapshot.name !== name) throw new Error(`it is of ${JSON.stringify(snapshot.name)}`);
      return [snapshot];
    } catch (thrown) {
      await this.#setAside(file, coerceError(thrown).message);
      return [];
    }
  }

  async #bytes(path: string, length: number): Promise<Buffer> {
    const { files } = this.#options;
    const file = await files.openToRead(path);
    return files.read(file, 0, length).finally(() => files.close(file));
  }

  async #setAside(file: string, why: string): Promise<void> {
    const path = join(this.#options.dir, file);
    if (!(await this.#move(path, path + ASIDE))) return;
    this.#options.setAside(path + ASIDE, why);
    await this.#dropAside().catch(() => {}); // what cannot be removed is in nobody's way
  }

  async #dropAside(): Promise<void> {
    const { dir, files } = this.#options;
    const aside = (await files.list(dir)).filter((name) => name.endsWith(ASIDE)).map((name) => join(dir, name));
    if (aside.length <= MAX_ASIDE_FILES) return;
    const times = new Map<string, number>();
    for (const path of aside) times.set(path, (await ifThere(files.changedAt(path))) ?? 0);
    aside.sort((a, b) => (times.get(a) ?? 0) - (times.get(b) ?? 0));
    for (const path of aside.slice(0, -MAX_ASIDE_FILES)) await ifThere(files.remove(path));
  }

  async #move(from: string, to: string): Promise<boolean> {
    return (await ifThere(this.#options.files.rename(from, to).then(() => true))) === true;
  }
}

/** What comes first, without the checksum. */
function headOf({ name, now, elapsed, position }: Snapshot): Buffer {
  const text = Buffer.from(name);
  const head = Buffer.alloc(NAME_AT);
  MAGIC.copy(head);
  head.writeDoubleLE(now, NOW_AT);
  head.writeDoubleLE(elapsed, ELAPSED_AT);
  head.writeDoubleLE(position, POSITION_AT);
  head.writeUInt32LE(text.length, LENGTH_AT);
  return Buffer.concat([head, text]);
}

function decode(all: Buffer): Snapshot {
  if (!all.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error("it is no snapshot of this FastTS");
  if (all.length < NAME_AT || checksum(all.subarray(NOW_AT)) !== all.readUInt32LE(CHECKSUM_AT))
    throw new Error("it is damaged");
  const end = NAME_AT + all.readUInt32LE(LENGTH_AT);
  const [now, elapsed, position] = [NOW_AT, ELAPSED_AT, POSITION_AT].map((at) => all.readDoubleLE(at)) as [
    number,
    number,
    number,
  ];
  const bytes = end < all.length ? [all.subarray(end)] : [];
  return { name: all.toString("utf8", NAME_AT, end), now, elapsed, position, bytes };
}

/** What the files of a name begin with. */
function baseOf(name: string): string {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 12);
  return `${name.replace(/[^A-Za-z0-9.-]+/g, "-").slice(0, MAX_LABEL_CHARACTERS)}-${hash}`;
}

/** `null`: there is no such file. */
async function ifThere<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return null;
    throw thrown;
  }
}
