import type { EventOrList } from "../core/event-list.ts";
import { aString, checkOption } from "../core/option.ts";
import { type Through, through } from "../core/stage.ts";

/**
 * Passes each event or list on, and shows it to readers: tests of routes record it under the tap's name, and the daemon
 * streams it at `/api/taps/NAME`, one line of JSON each, while somebody reads.
 *
 * Emits at once and holds nothing; while nobody reads it costs next to nothing. A reader that is too slow is shown how
 * many events it missed (`{"missed":3}`); it never holds the pipeline up. Readers see several taps of one name as one.
 * Of a list, each event is shown. Events without a metric and expired ones are shown like any other.
 *
 * @param name - Any name.
 * @throws FastTsError `FTS_STAGE_OPTION` when `name` is not a string, or is empty.
 * @category Output
 * @example
 * pipeline("latency", [filter((e) => e.service === "api latency"), percentiles(5, [0.5, 0.99]), tap("latency"), stdout()]);
 */
export function tap(name: string): Through<EventOrList> {
  checkOption("tap", "name", name, aString);
  return through<EventOrList>(
    "tap",
    ({ emit, send }) =>
      (value) => {
        send(value);
        emit(value);
      },
    { takes: "either", edge: { kind: "tap", name }, memory: 0, changes: [] },
  );
}
