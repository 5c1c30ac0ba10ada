import { join } from "node:path";
import type { SpillSettings } from "../core/target-port.ts";
import { codeOf } from "../errors.ts";
import type { Damage } from "../state/damage.ts";
import type { Entry } from "../state/entry.ts";
import type { FileLayer } from "../state/file-layer.ts";
import type { FileLock } from "../state/file-lock.ts";
import type { LogReader, NumberedEntry } from "../state/log-reader.ts";
import { listSegments } from "../state/segment.ts";
import { SegmentLog } from "../state/segment-log.ts";

/** A log that only one thread of one process has at a time. */
interface OwnedLog {
  readonly log: SegmentLog;
  readonly lock: Pick<FileLock, "release">;
  readonly reader: LogReader;
  /** What is added to its numbers, so that those of all logs follow each other. */
  readonly base: number;
}

export interface SpillLogsOptions {
  /** The directory of the target. */
  readonly dir: string;
  /** The name of the items' format: logs of others are left alone. */
  readonly codec: string;
  readonly files: FileLayer;
  readonly segmentBytes: number;
  /** Null when somebody else has the lock. */
  takeLock(path: string): Promise<Pick<FileLock, "release"> | null>;
  /** Told the path of the segment, too. */
  onDamage(damage: Damage): void;
}

/**
 * The logs of one target as one: those that nobody has any more, the oldest first, and behind them the one that is
 * written. A thread or process that ended leaves its log to the next one that opens the target.
 */
export class SpillLogs {
  readonly #logs: OwnedLog[];
  readonly #options: SpillLogsOptions;
  #foundBytes: number;

  private constructor(logs: OwnedLog[], options: SpillLogsOptions) {
    this.#logs = logs;
    this.#options = options;
    this.#foundBytes = this.bytes;
  }

  static async open(options: SpillLogsOptions): Promise<SpillLogs> {
    const { dir, codec, files } = options;
    await files.makeDirectory(dir);
    const names = await logNames(files, dir, codec);
    const logs: OwnedLog[] = [];
    try {
      for (const name of names) await add(logs, name, options);
      for (let n = numberIn(names.at(-1)) + 1; logs.length === 0; n++)
        await add(logs, `${codec}.${String(n).padStart(6, "0")}`, options);
    } catch (thrown) {
      await closeAll(logs);
      throw thrown;
    }
    return new SpillLogs(logs, options);
  }

  /** The number of the next item. */
  get next(): number {
    return this.#last.base + this.#last.log.next;
  }

  /** The number of the first item that is not done with. */
  get cursor(): number {
    return this.#first.base + this.#first.log.cursor;
  }

  get bytes(): number {
    return this.#logs.reduce((sum, { log }) => sum + log.bytes, 0);
  }

  /**
   * How many bytes it may have: its part, `maxBytes`. What it had when it was opened, from several threads, and still has is
   * not too much, as long as the logs of all are within `totalBytes`. It becomes less as more comes.
   */
  async atMost({ maxBytes, totalBytes = maxBytes }: Pick<SpillSettings, "maxBytes" | "totalBytes">): Promise<number> {
    // Half of the room of a segment that was dropped is for what comes.
    this.#foundBytes = Math.min(this.#foundBytes, this.bytes + this.segmentBytes / 2);
    if (this.#foundBytes <= maxBytes || totalBytes === maxBytes) return maxBytes;
    return Math.max(maxBytes, Math.min(this.#foundBytes, totalBytes - (await this.#othersBytes())));
  }

  /** What the logs of other threads have. */
  async #othersBytes(): Promise<number> {
    const { dir, codec, files } = this.#options;
    let bytes = 0;
    for (const name of await logNames(files, dir, codec)) {
      const log = join(dir, name);
      if (this.#logs.some((own) => own.log.dir === log)) continue;
      for (const segment of await listSegments(files, log)) bytes += segment.bytes;
    }
    return bytes;
  }

  /** A segment has no more, but for one that is a single entry. */
  get segmentBytes(): number {
    return this.#options.segmentBytes;
  }

  /** The number of the first item after the oldest segment; null when that is the one that is written. */
  get endOfOldest(): number | null {
    const { log, base } = this.#first;
    const end = log.endOfOldest ?? (this.#logs.length > 1 ? log.next : null);
    return end === null ? null : base + end;
  }

  append(entries: readonly Entry[]): Promise<void> {
    return this.#last.log.append(entries);
  }

  sync(): Promise<void> {
    return this.#last.log.sync();
  }

  /** What is appended next begins a segment. */
  seal(): void {
    this.#last.log.seal();
  }

  /** The next entries from `number` on; none at the end. */
  async read(number: number): Promise<NumberedEntry[]> {
    for (const { log, reader, base } of this.#logs) {
      if (number >= base + log.next) continue;
      reader.number = Math.max(reader.number, number - base);
      const entries = await reader.read();
      if (entries.length > 0) return entries.map((entry) => ({ ...entry, number: entry.number + base }));
    }
    return [];
  }

  /** Gives up the segment that has the item. */
  skip(number: number, why: string): void {
    this.#logs.find(({ log, base }) => number < base + log.next)?.reader.skip(why);
  }

  /** Items before `number` are done with. */
  async advance(number: number): Promise<void> {
    while (this.#logs.length > 1 && number >= this.#first.base + this.#first.log.next) {
      const [done] = this.#logs.splice(0, 1);
      if (done === undefined) return;
      await done.reader.close();
      await done.log.remove();
      await done.lock.release();
    }
    const { log, base } = this.#first;
    await log.advance(Math.min(number - base, log.next));
  }

  close(): Promise<void> {
    return closeAll(this.#logs);
  }

  get #first(): OwnedLog {
    return this.#logs[0] ?? this.#last;
  }

  get #last(): OwnedLog {
    const last = this.#logs.at(-1);
    if (last === undefined) throw new Error(`${this.#options.dir} has no log`);
    return last;
  }
}

/** The names of the logs of a target, the oldest first. */
async function logNames(files: FileLayer, dir: string, codec: string): Promise<string[]> {
  const isLog = (name: string): boolean => name.startsWith(`${codec}.`) && /^\d{6}$/.test(name.slice(codec.length + 1));
  return (await files.list(dir)).filter(isLog).sort();
}

async function add(logs: OwnedLog[], name: string, options: SpillLogsOptions): Promise<void> {
  const { files, segmentBytes, onDamage } = options;
  const dir = join(options.dir, name);
  const isMade = await files.makeDirectory(dir).then(
    () => true,
    (thrown) => {
      if (codeOf(thrown) !== "EEXIST") throw thrown;
      return false; // a file of somebody else
    },
  );
  if (!isMade) return;
  const lock = await options.takeLock(join(dir, "lock"));
  if (lock === null) return;
  const told = (damage: Damage): void => onDamage({ ...damage, segment: join(dir, damage.segment) });
  const log = await SegmentLog.open({ dir, files, segmentBytes, onDamage: told }).catch(async (thrown) => {
    await lock.release();
    throw thrown;
  });
  const before = logs.at(-1);
  const base = (before === undefined ? 1 : before.base + before.log.next) - log.cursor;
  logs.push({ log, lock, base, reader: log.reader() });
}

async function closeAll(logs: readonly OwnedLog[]): Promise<void> {
  for (const { log, lock, reader } of logs) {
    await reader.close();
    await log.close();
    await lock.release();
  }
}

/** `events.000012` → 12. */
function numberIn(name = ""): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0);
}
