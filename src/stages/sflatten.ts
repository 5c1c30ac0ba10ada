import type { Event } from "../core/event.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";

/**
 * Takes lists of events apart: emits their events one by one.
 *
 * Emits at once, in the order of the list, and holds nothing. An empty list yields nothing, and so does an empty place
 * (`null`), which `project` leaves where nothing has matched yet. Events without a metric and expired ones are emitted
 * like any other.
 *
 * @category Transform
 * @example
 * pipeline("in order again", [smap((e) => [e.with({ state: "begin" }), e.with({ state: "end" })]), sflatten(), stdout()]);
 */
export function sflatten(): Stage<readonly (Event | null)[], Event> {
  const start: Start<readonly (Event | null)[], Event> =
    ({ emit }) =>
    (events) => {
      for (const event of events) if (event !== null) emit(event);
    };
  return stage("sflatten", start, { takes: "lists", memory: 0, changes: [] });
}
