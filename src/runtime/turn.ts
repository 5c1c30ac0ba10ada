import type { Thread } from "../engine/thread.ts";

/** The longest turn of a pipeline, before sockets and timers get theirs (docs/architecture.md, turns). */
export const TURN_SECONDS = 0.005;

/** Small messages are gathered until this many events are offered together. */
export const BATCH_EVENTS = 1024;

/** A turn of the thread's pipelines begins. */
export function beginTurn(thread: Pick<Thread, "machine" | "turnEnd">): void {
  thread.turnEnd = thread.machine.elapsed() + TURN_SECONDS;
}
