import { Event, type EventFields, event } from "../core/event.ts";
import { show } from "../core/stage.ts";

/** What an event about a throw reports. */
export interface Crash {
  readonly pipeline: string;
  /** `null`: no stage is to blame. */
  readonly stage: string | null;
  /** The value that the stage was handling; `null`: it was a timer's or a promise's work. */
  readonly value: unknown;
  readonly error: Error;
}

/** Maximum length of the description, and of the event, in an event about a throw. */
const MAX_TEXT_CHARACTERS = 2000;

/**
 * A throw as an event, as Riemann makes one: the service says what it is, the description holds message and stack. The
 * host is that of the event that the stage was handling.
 *
 * @param words - Message and stack.
 */
export function crashEvent({ pipeline, stage, value, error }: Crash, words: string, time: number): Event {
  const attributes: Record<string, string> = { pipeline };
  if (stage !== null) attributes.stage = stage;
  if (value !== null)
    attributes.event = (value instanceof Event ? asJson(value) : show(value)).slice(0, MAX_TEXT_CHARACTERS);
  const fields: EventFields = {
    host: value instanceof Event ? value.host : null,
    service: "fast-ts exception",
    state: "error",
    description: words.slice(0, MAX_TEXT_CHARACTERS),
    metric: 1,
    tags: ["exception", nameOf(error)],
    attributes,
  };
  return event({ ...fields, time });
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
