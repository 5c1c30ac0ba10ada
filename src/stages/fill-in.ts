import { type EventFields, event as newEvent } from "../core/event.ts";
import { REMOVABLE } from "../core/fields.ts";
import { checkOption, duration, type Rule } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { IdleTimer } from "../kit/idle-timer.ts";

const fieldsRule: Rule = {
  must: "an event or the fields of one, { … }",
  test: (v) => typeof v === "object" && v !== null && !Array.isArray(v),
};

/**
 * Passes all events, and emits an event of its own whenever none has come for `interval` seconds.
 *
 * Emits events at once; in a silence, which may begin with the start of the stage, `filler` with `time` now, every
 * `interval` seconds. An event that says `expired` passes too and ends the series: nothing is filled in until the next
 * event. Holds a timer. Goes by the clock, not by the events' times; events without a metric break the silence like any
 * other.
 *
 * @param interval - Seconds without an event, >= 0.001.
 * @param filler - An event, or the fields of one; its `time` is replaced.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001 or `filler` is not an event.
 * @category State and change
 * @example
 * pipeline("backups", [
 *   filter((e) => e.service === "backup" && e.state !== "expired"), // silence is not the end of the series here
 *   fillIn(86_400, { service: "backup", state: "missing" }),
 *   filter((e) => e.state === "missing"),
 *   email("ops@example.com"),
 * ]);
 */
export function fillIn(interval: number, filler: EventFields): Stage {
  checkOption("fillIn", "interval", interval, duration);
  checkOption("fillIn", "filler", filler, fieldsRule);
  const made = newEvent({ time: 0 }).with(filler);
  const start: Start = (context) => {
    const { clock, emit, isRestored } = context;
    const silence = new IdleTimer(context, interval, () => emit(made.with({ time: clock.now() })));
    if (!isRestored) silence.heard();
    return (event) => {
      if (event.state === "expired") silence.stop();
      else silence.heard();
      emit(event);
    };
  };
  return stage("fillIn", start, { memory: interval, shape: [interval], changes: [...REMOVABLE, "time"] });
}
