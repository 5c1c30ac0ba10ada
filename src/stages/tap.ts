import { aString, checkOption } from "../core/option.ts";
import { type Stage, stage } from "../core/stage.ts";

/**
 * Passes each event on, and lets whoever listens see it: tests of routes record it under the tap's name.
 *
 * Emits at once and holds nothing. Several taps of one name are one to those who listen. Events without a metric and
 * expired ones are shown as any other.
 *
 * @param name - Any name.
 * @throws FastTsError `FTS_STAGE_OPTION` when `name` is no string or empty.
 * @category Output
 * @example
 * pipeline("latency", [filter((e) => e.service === "api latency"), percentiles(5, [0.5, 0.99]), tap("latency"), stdout()]);
 */
export function tap(name: string): Stage {
  checkOption("tap", "name", name, aString);
  return stage(
    "tap",
    ({ emit, send }) =>
      (event) => {
        send(event);
        emit(event);
      },
    { edge: { kind: "tap", name } },
  );
}
