import { type EventOrList, forEachEvent } from "../core/event.ts";
import { aString, checkOption } from "../core/option.ts";
import { type Through, through } from "../core/stage.ts";

/**
 * Passes each event or list on, and shows it to whoever listens: tests of routes record it under the tap's name, the
 * daemon shows it at `/api/taps/NAME`, a line of JSON each, for as long as somebody reads there.
 *
 * Emits at once and holds nothing; while nobody listens it costs next to nothing. Who reads too slowly is shown how many
 * events are left out (`{"missed":3}`), and never holds the pipeline up. Several taps of one name are one to those who
 * listen. Of a list each event is shown. Events without a metric and expired ones are shown as any other.
 *
 * @param name - Any name.
 * @throws FastTsError `FTS_STAGE_OPTION` when `name` is no string or empty.
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
        forEachEvent(value, send);
        emit(value);
      },
    { edge: { kind: "tap", name }, memory: 0 },
  );
}
