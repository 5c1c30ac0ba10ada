import type { ResourceLimits } from "node:worker_threads";
import { availableMemory } from "../system/capacity.ts";

const MEGABYTE = 1024 * 1024;
/**
 * Three semi-spaces of 32 MB, beyond which throughput rises no more: events that outlive a read are copied less often. With
 * several workers 16 MB, for the sake of the memory of the process: it costs 4 %.
 */
const YOUNG_MEGABYTES = 96;
const SHARED_YOUNG_MEGABYTES = 48;
const MIN_MEGABYTES = 128;
const MAX_MEGABYTES = 4096;

/**
 * A worker may use half of the memory that this process may have: its end must come before the process's.
 *
 * @param workers - How many there are.
 */
export function workerLimits(workers: number): ResourceLimits {
  const old = Math.floor(availableMemory() / MEGABYTE / 2);
  return {
    maxYoungGenerationSizeMb: workers > 1 ? SHARED_YOUNG_MEGABYTES : YOUNG_MEGABYTES,
    maxOldGenerationSizeMb: Math.min(MAX_MEGABYTES, Math.max(MIN_MEGABYTES, old)),
  };
}
