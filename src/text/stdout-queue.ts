import { type Done, fdWriter, type Write } from "./fd-writer.ts";
import { TextQueue } from "./text-queue.ts";

/** Maximum characters per thread that wait for a reader. */
const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024;

let queue = new TextQueue(fdWriter(1), MAX_WAITING_CHARACTERS);

/** Where this thread's `stdout()` writes to: the process's standard output, unless a worker or a test says otherwise. */
export function setOutput(write: Write): void {
  queue = new TextQueue(write, MAX_WAITING_CHARACTERS);
}

/**
 * Writes whole lines to the standard output, in order, without blocking. `done` is called when they are written, or
 * with the reason why not. False, and nothing taken, when 4 Mi characters already wait for the reader.
 */
export function output(text: string, done: Done): boolean {
  return queue.push(text, done);
}

/** Resolves when all that this thread's stages printed is out. Never resolves when nobody reads: wait with a limit. */
export function flushOutput(): Promise<void> {
  return queue.flush();
}
