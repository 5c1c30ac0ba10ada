import { Event, type EventFields } from "../core/event.ts";
import { checkOption, duration, type Rule } from "../core/option.ts";
import { type Stage, type Start, show, stage } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import { IdleTimer } from "../kit/idle-timer.ts";

const changeRule: Rule = {
  must: "fields to change, { … }, or a function of the event",
  test: (v) => typeof v === "function" || (typeof v === "object" && v !== null && !Array.isArray(v)),
};

/**
 * Passes all events, and repeats the last one, changed, whenever none has come for `interval` seconds.
 *
 * Emits events at once; in a silence after the first event the last one with `change` made and `time` now, every
 * `interval` seconds. An event that says `expired` passes too, and is the end of the series: until the next event
 * nothing is filled in. Holds one event and a timer. Goes by the clock, not by the events' times; events without a
 * metric break the silence like any other.
 *
 * @param interval - Seconds without an event, >= 0.001.
 * @param change - The fields that differ from the last event, or a function that makes one of it; `time` is replaced.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001 or `change` neither fields nor a
 * function; `FTS_STAGE_MISUSE` at run time when the function returns something that is not an event.
 * @category State and change
 * @example
 * pipeline("zero when silent", [by(["host", "service"], [fillInLast(10, { metric: 0 })]), stdout()]);
 */
export function fillInLast(interval: number, change: EventFields | ((last: Event) => Event)): Stage {
  checkOption("fillInLast", "interval", interval, duration);
  checkOption("fillInLast", "change", change, changeRule);
  const changed = typeof change === "function" ? change : (last: Event) => last.with(change);
  const start: Start = (context) => {
    const { clock, emit, state } = context;
    const own = state(() => ({ last: null as Event | null }));
    const silence = new IdleTimer(context, interval, () => {
      if (own.last !== null) emit(checked(changed(own.last)).with({ time: clock.now() }));
    });
    return (event) => {
      if (event.state === "expired") {
        own.last = null;
        silence.stop();
      } else {
        own.last = event;
        silence.heard();
      }
      emit(event);
    };
  };
  return stage("fillInLast", start, {
    memory: interval,
    shape: [interval],
    keepsLast: true,
    ...(typeof change !== "function" && { changes: [...Object.keys(change), "time"] }),
  });
}

function checked(filler: unknown): Event {
  if (filler instanceof Event) return filler;
  throw new FastTsError("FTS_STAGE_MISUSE", `fillInLast(change): must give an event, got ${show(filler)}`);
}
