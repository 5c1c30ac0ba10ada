import type { Thread } from "../engine/thread.ts";

/** The longest turn of a pipeline, before sockets and timers get theirs (docs/architecture.md, turns). */
export const TURN_SECONDS = 0.005;

/** Small messages are gathered until this many events are offered together. */
export const BATCH_EVENTS = 1024;

/** A turn of the thread's pipelines begins. */
export function beginTurn(thread: Pick<Thread, "machine" | "turnEnd">): void {
  thread.turnEnd = thread.machine.elapsed() + TURN_SECONDS;
}

/** What is offered late in a turn may take this long: most batches take less, and need not be divided. */
const MIN_OFFER_SECONDS = 0.001;

/** Something is offered in the turn that has begun. */
export function prolongTurn(thread: Pick<Thread, "machine" | "turnEnd">): void {
  thread.turnEnd = Math.max(thread.turnEnd, thread.machine.elapsed() + MIN_OFFER_SECONDS);
}
