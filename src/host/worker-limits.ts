import type { ResourceLimits } from "node:worker_threads";
import { availableMemory } from "../system/capacity.ts";

const MEGABYTE = 1024 * 1024;
/** Three semi-spaces of 32 MB, beyond which throughput rises no more: events that outlive a read are copied less often. */
const YOUNG_MEGABYTES = 96;
const MIN_MEGABYTES = 128;
const MAX_MEGABYTES = 4096;

/** A worker may use half of the memory that this process may have: its end must come before the process's. */
export function workerLimits(): ResourceLimits {
  const old = Math.floor(availableMemory() / MEGABYTE / 2);
  return {
    maxYoungGenerationSizeMb: YOUNG_MEGABYTES,
    maxOldGenerationSizeMb: Math.min(MAX_MEGABYTES, Math.max(MIN_MEGABYTES, old)),
  };
}
