import { type Done, fdWriter, type Write } from "./fd-writer.ts";
import { TextQueue } from "./text-queue.ts";

/** So many characters may wait for somebody to read them; per thread. */
const CAPACITY = 4 * 1024 * 1024;

let queue = new TextQueue(fdWriter(1), CAPACITY);

/** Where this thread's `stdout()` writes to: the process's standard output, unless a worker or a test says otherwise. */
export function setOutput(write: Write): void {
  queue = new TextQueue(write, CAPACITY);
}

/**
 * Writes whole lines to the standard output, in order, without blocking. `done` is told when they are out, or why not.
 * False, and nothing taken, when 4 Mi characters already wait for the reader.
 */
export function output(text: string, done: Done): boolean {
  return queue.push(text, done);
}

/** Resolves when all that this thread's stages printed is out. Never, when nobody reads: wait with a limit. */
export function flushOutput(): Promise<void> {
  return queue.flush();
}
