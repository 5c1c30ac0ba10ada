import { readFileSync } from "node:fs";

/** Most of them while modules are loaded, side by side. */
const START_FILES = 128;
const WORKER_FILES = 4;

/** What is wrong when so few files may be open that the daemon cannot start with this many workers; `null`: nothing. */
export function tooFewOpenFiles(workers: number, limit = maxOpenFiles()): string | null {
  const needed = neededFiles(workers);
  if (limit >= needed) return null;
  return `this process may open ${limit} files; to start takes ${needed}, and each client one more: ${WAY_OUT}`;
}

/** How many clients of `max` may be connected: of the files that a start leaves a quarter is for sinks, routes and HTTP. */
export function clientsWithin(max: number, workers: number, limit = maxOpenFiles()): number {
  return Math.max(1, Math.min(max, Math.floor((limit - neededFiles(workers)) * 0.75)));
}

function neededFiles(workers: number): number {
  return START_FILES + WORKER_FILES * workers;
}

/** What to say of an error that means that too many files are open; `null` when it is another. */
export function outOfFiles(error: unknown): string | null {
  const isOut = error instanceof Error && "code" in error && error.code === "EMFILE";
  return isOut ? `too many open files: ${WAY_OUT}` : null;
}

const WAY_OUT = "raise the limit, for example with ulimit -n 4096";

/** How many files this process may have open; infinite where the system does not tell. */
function maxOpenFiles(): number {
  try {
    const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
    return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
