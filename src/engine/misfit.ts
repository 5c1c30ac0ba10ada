import { Event } from "../core/event.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import type { StagePosition } from "./layout.ts";

const WAYS_OUT = {
  events: 'put sflatten() or combine(…) before it; a stage() for lists says { takes: "lists" }',
  lists: "put a window before it, such as fixedTimeWindow(60)",
  either: "emit events or lists of them",
  anything: "",
};
const WORDS = { events: "events", lists: "lists of events", either: "events and lists of them", anything: "anything" };

/** What is thrown when a list reaches a stage for events, or the reverse. */
export function misfit({ name, stage: { takes } }: StagePosition, value: unknown): FastTsError {
  const got = value instanceof Event ? "an event" : Array.isArray(value) ? `a list of ${value.length}` : show(value);
  return new FastTsError("FTS_STAGE_MISUSE", `${name} takes ${WORDS[takes]}, got ${got}: ${WAYS_OUT[takes]}`);
}
