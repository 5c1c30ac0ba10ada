import { dirname } from "node:path";
import type { TargetIdentity, TargetScope } from "../core/target-port.ts";
import { type FileLayer, NODE_FILES } from "../state/file-layer.ts";
import { FileLock } from "../state/file-lock.ts";
import type { GivenItems, Lease } from "./batch.ts";
import { ItemCodec } from "./item-codec.ts";
import { MemoryStore } from "./memory-store.ts";
import type { TargetCounts } from "./report.ts";
import { describeTarget, spillDirOf } from "./spill-directory.ts";
import type { SpillTrouble } from "./spill-disk.ts";
import { SpillLogs, type SpillLogsOptions } from "./spill-logs.ts";
import { SpillStore } from "./spill-store.ts";
import type { Store } from "./store.ts";
import type { TargetTrouble } from "./trouble.ts";

const MAX_SEGMENT_BYTES = 16 * 1024 * 1024;
/** The oldest segment goes when the disk may not hold more: it is at most this part of all, an eighth. */
const MIN_SEGMENTS = 8;

/** Whose store it is. */
export interface StoreOwner<T> {
  readonly counts: TargetCounts;
  readonly trouble: TargetTrouble;
  /** There may be something to send, or room. */
  changed(): void;
  /** Gives up what failed, waits for its next try and is from one of these. */
  dropRetries(isMeant: (lease: Lease) => boolean): GivenItems<T>[];
}

/** What a store on disk is made of; a test has its own. */
export interface SpillFiles {
  readonly files: FileLayer;
  readonly takeLock: SpillLogsOptions["takeLock"];
}

export const SPILL_FILES: SpillFiles = { files: NODE_FILES, takeLock };

/** The store of a target: in memory, or on disk when it spills. @throws FastTsError when there is no directory for that */
export function openStore<T>(
  identity: TargetIdentity,
  scope: TargetScope,
  owner: StoreOwner<T>,
  { files, takeLock }: SpillFiles,
): Store<T> {
  const { settings, id, label } = identity;
  const { spill } = settings;
  if (spill === null || scope.isVirtual === true) return new MemoryStore(settings);
  const codec = new ItemCodec();
  const dir = spillDirOf(identity, scope);
  const segmentBytes = Math.min(MAX_SEGMENT_BYTES, spill.maxBytes / MIN_SEGMENTS);
  const { counts, trouble } = owner;
  const faults = new Map<SpillTrouble, string>();
  return new SpillStore<T>(
    { ...settings, spill },
    {
      codec,
      clock: scope.clock,
      async open(onDamage) {
        const logs = await SpillLogs.open({ dir, codec: codec.name, files, segmentBytes, takeLock, onDamage });
        counts.openedAt = scope.clock.elapsed();
        // For people: a full disk is no reason not to send what is on it.
        await describeTarget(files, dir, { target: label, id }).catch(() => {});
        return logs;
      },
      changed: () => owner.changed(),
      dropRetries: (isMeant) => owner.dropRetries(isMeant),
      recovered(items) {
        counts.recovered += items;
        scope.log.info("spill was found on disk: it is sent first", { target: label, items, dir });
      },
      dropped(items, reason, message, fields) {
        counts.dropped[reason] += items;
        trouble.dropped(items, message, undefined, { dir, ...fields });
      },
      gaveUp: (items, why) => trouble.gaveUp(items, why),
      failed(error, fault) {
        if (error === null) faults.delete(fault);
        else faults.set(fault, error.message);
        if (error !== null) counts.spillFailures++;
        counts.spillError = faults.size === 0 ? null : [...faults.values()].join("; ");
        trouble.disk(error, fault, dir);
      },
    },
  );
}

/** Null when another thread of this process has it. @throws when another process has */
async function takeLock(path: string): Promise<FileLock | null> {
  for (;;) {
    const lock = await FileLock.take(path);
    const holder = lock === null ? await FileLock.holder(path) : FileLock.OWN;
    if (holder === FileLock.OWN) return lock;
    // Null: it has just let go of it.
    if (holder !== null)
      throw new Error(`${holder} has ${dirname(path)}: stop it, or name another directory for one of the two`);
  }
}
