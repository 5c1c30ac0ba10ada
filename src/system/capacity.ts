import { availableParallelism, totalmem } from "node:os";
import { type CgroupLimits, readCgroupLimits } from "./cgroup-limits.ts";

/** What the machine has. */
export interface Machine {
  /** Processors that this process may run on. */
  readonly cores: number;
  readonly memoryBytes: number;
}

/** A worker under load takes this much with a heap of moderate size. */
const WORKER_BYTES = 256 * 1024 * 1024;

/** Memory that this process may use, bytes. */
export function availableMemory(machine = thisMachine(), limits: CgroupLimits = readCgroupLimits()): number {
  return Math.min(machine.memoryBytes, limits.memoryBytes);
}

/** As many workers as there is work for beside the main thread, and memory; at least one. */
export function defaultWorkers(machine = thisMachine(), limits: CgroupLimits = readCgroupLimits()): number {
  const cpus = Math.min(machine.cores, Math.ceil(limits.cpus));
  return Math.max(1, Math.min(cpus - 1, Math.floor(availableMemory(machine, limits) / WORKER_BYTES)));
}

function thisMachine(): Machine {
  return { cores: availableParallelism(), memoryBytes: totalmem() };
}
