import type { Event } from "../../src/core/event.ts";
import type { Stage } from "../../src/core/stage.ts";
import { by } from "../../src/stages/index.ts";
import { runTimed, type Step } from "../../src/testing/index.ts";

const LAST = 987_654_321;

type Metrics = readonly (number | null)[];

/** What a window gives: the second each list left it, and the metrics in it; `null` where there is no event. */
export function lists(
  window: Stage<Event, readonly (Event | null)[]>,
  ...steps: readonly Step[]
): readonly (readonly [number, Metrics])[] {
  const given = runTimed([window], steps);
  return given.map((one) => [one.at, one.value.map((event) => event?.metric ?? null)]);
}

/** As {@link lists}, and then what the window gives when its run ends: its key makes room for another. */
export function listsAtEnd(window: Stage<Event, readonly (Event | null)[]>, ...steps: readonly Step[]): Metrics[] {
  const last = { host: "another", metric: LAST };
  const all = lists(by("host", [window], { max: 1 }), ...steps, last).map(([, metrics]) => metrics);
  return all.filter((metrics) => !metrics.includes(LAST));
}
