import { Event, type EventFields, event } from "../core/event.ts";
import { show } from "../core/stage.ts";
import type { Crash, RunScope } from "./run-scope.ts";
import type { Thread } from "./thread.ts";

/** Where something was thrown. */
export type CrashScope = Pick<RunScope, "thread" | "pipeline">;

/** Maximum length of the description, and of the event, in an event about a throw. */
const MAX_TEXT_CHARACTERS = 2000;

/**
 * A throw as an event, as Riemann makes one: the service says what it is, the description holds message and stack. The
 * host is that of the event that the stage was handling.
 */
export function crashEvent({ thread, pipeline }: CrashScope, crash: Crash): Event {
  const { actor, value, error } = crash;
  const attributes: Record<string, string> = { pipeline };
  if (actor !== null) attributes.stage = actor.place;
  if (value !== null)
    attributes.event = (value instanceof Event ? asJson(value) : show(value)).slice(0, MAX_TEXT_CHARACTERS);
  const fields: EventFields = {
    host: value instanceof Event ? value.host : null,
    service: "fast-ts exception",
    state: "error",
    description: wordsOf(thread, crash).slice(0, MAX_TEXT_CHARACTERS),
    metric: 1,
    tags: ["exception", nameOf(error)],
    attributes,
  };
  return event({ ...fields, time: thread.clock.now() });
}

/** Logs a throw, with its message and stack. */
export function logCrash(
  { thread, pipeline }: CrashScope,
  message: string,
  crash: Pick<Crash, "actor" | "error">,
  fields: Record<string, unknown> = {},
): void {
  thread.log.error(message, { pipeline, ...fields, error: wordsOf(thread, crash) });
}

function wordsOf(thread: Thread, { actor, error }: Pick<Crash, "actor" | "error">): string {
  return thread.explain(error, actor?.site ?? null);
}

function asJson(value: Event): string {
  try {
    return JSON.stringify(value);
  } catch {
    return show(value);
  }
}

/** User code may throw an error whose name is anything, or throws itself. */
function nameOf(error: Error): string {
  try {
    return String(error.name);
  } catch {
    return "Error";
  }
}
