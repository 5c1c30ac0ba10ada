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

/** One that has loaded some routes. */
const IDLE_WORKER_BYTES = 32 * 1024 * 1024;

/** Memory that this process may use, bytes. */
export function availableMemory(machine = thisMachine(), limits: CgroupLimits = readCgroupLimits()): number {
  return Math.min(machine.memoryBytes, limits.memoryBytes);
}

/** As many workers as there are CPUs, and memory; at least one. The main thread reads, which is less work than theirs. */
export function defaultWorkers(machine = thisMachine(), limits: CgroupLimits = readCgroupLimits()): number {
  const cpus = Math.min(machine.cores, Math.ceil(limits.cpus));
  return Math.max(1, Math.min(cpus, Math.floor(availableMemory(machine, limits) / WORKER_BYTES)));
}

/** What is wrong when the memory is too small for so many workers to start; `null`: nothing. */
export function tooManyWorkers(workers: number, bytes = availableMemory()): string | null {
  const most = Math.max(1, Math.floor(bytes / IDLE_WORKER_BYTES));
  if (workers <= most) return null;
  const [idle, memory] = [IDLE_WORKER_BYTES, bytes].map((size) => `${Math.round(size / 1024 ** 2)} MiB`);
  const why = `each takes ${idle} before any event comes, and this process may use ${memory}`;
  return `--workers ${workers}: ${why}: at most ${most} can start, and as many as there are CPUs are of use`;
}

function thisMachine(): Machine {
  return { cores: availableParallelism(), memoryBytes: totalmem() };
}
