import type { Event } from "../core/event.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { checkStages, type Stage, stage } from "../core/stage.ts";

/**
 * Sends events that a silence matches through `stages`, and passes the others on.
 *
 * Silences are made by `fast-ts silence`: a query and a span of time, see docs/alerts.md. Emits at once, also
 * what the last of `stages` emits; without `stages` it drops what is silenced, counted as `silenced`. Holds nothing.
 * Events without a metric and expired ones are looked at like any other. `alert` honours silences by itself.
 *
 * @param stages - The first receives what is silenced.
 * @throws FastTsError `FTS_NOT_A_STAGE` when `stages` is not a list of stages.
 * @category Route
 * @example
 * pipeline("every critical event, but for what is silenced", [
 *   filter((e) => e.state === "critical"),
 *   silenced([tag("silenced"), bitBucket()]),
 *   stdout(),
 * ]);
 */
export function silenced<const Each extends AnyStages = readonly []>(
  stages?: Each & Chain<Event, Each>,
): Stage<Event, Event | Emitted<Event, Each>> {
  if (stages !== undefined) checkStages("silenced(stages)", stages);
  return stage<Event, Event | Emitted<Event, Each>>(
    "silenced",
    (context) => {
      const { silences, emit, dropped } = context;
      const take = stages === undefined ? () => dropped(1, "silenced") : context.branch("silenced").receive;
      return (event) => {
        if (silences.covers(event)) take(event);
        else emit(event);
      };
    },
    { branches: stages === undefined ? {} : { silenced: stages }, memory: 0, changes: [] },
  );
}
