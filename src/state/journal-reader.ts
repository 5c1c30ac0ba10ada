import type { Damage } from "./damage.ts";
import type { FileLayer } from "./file-layer.ts";
import { type PlacedRecord, recordOf } from "./journal-record.ts";
import { SegmentLog } from "./segment-log.ts";

export interface JournalReaderOptions {
  readonly dir: string;
  readonly files: FileLayer;
  /** Events that are passed over. */
  readonly from: number;
  /** Told of a segment, or of an entry, that cannot be read, and how many events are lost with it. */
  onDamage(part: string, why: string, events: number): void;
  /** Told of the segments among them. @default nobody is */
  unreadable?(damage: Damage): void;
}

/** The records of a journal, which may be written meanwhile, in blocks. The first may begin with events before `from`. */
export async function* journalRecords(options: JournalReaderOptions): AsyncGenerator<readonly PlacedRecord[]> {
  const { dir, files, from, onDamage } = options;
  const told = (damage: Damage): void => {
    onDamage(damage.segment, damage.why, damage.items ?? 0);
    if (damage.isKept) options.unreadable?.(damage);
  };
  const log = await SegmentLog.open({ dir, files, isReadOnly: true, onDamage: told });
  const reader = log.reader(from + 1);
  try {
    for (let entries = await reader.read(); entries.length > 0; entries = await reader.read()) {
      const records: PlacedRecord[] = [];
      for (const entry of entries) {
        const record = recordOf(entry);
        if (record === null) onDamage(`entry ${entry.number}`, "it is of another version of FastTS", entry.items);
        else records.push({ ...record, position: entry.number - 1 });
      }
      yield records;
    }
  } finally {
    await reader.close();
    await log.close();
  }
}

/** `elapsed` of the last record; 0 when there is none. It reads all of the log: what is damaged is told, and kept. */
export async function lastElapsed(log: SegmentLog): Promise<number> {
  const reader = log.reader(log.first);
  let last = 0;
  for (let entries = await reader.read(); entries.length > 0; entries = await reader.read())
    for (const entry of entries) last = Math.max(last, recordOf(entry)?.elapsed ?? 0);
  await reader.close();
  return last;
}
