import type { Event } from "../core/event.ts";
import { checkOption, type Rule } from "../core/option.ts";
import type { Given } from "./metrics.ts";
import { RankedEvents } from "./ranked-events.ts";

/** Which sorted events to take, 0 (lowest metric) to 1 (highest); in an object, with what each adds to `service`. */
export type Points = readonly number[] | Readonly<Record<number, string>>;

/** What {@link Points} must be. */
export const pointsRule: Rule = {
  must: "a list of numbers from 0 to 1, or an object of these and strings",
  test: (points) =>
    Array.isArray(points) ? points.every(isPoint) : typeof points === "object" && points !== null && isSuffixes(points),
};

/**
 * Percentiles: sorts the events by metric and takes for each point the one in that place, with the point added to its
 * `service`. Real events, never something between two of them; without a metric they are left out.
 *
 * Of n events a point p takes the one at `min(n − 1, ⌊n · p⌋)`, counted from 0: of two events 0.5 takes the higher.
 *
 * @param points - `[0.5, 0.99]` makes `"api"` to `"api 0.5"` and `"api 0.99"`; `{ 0.5: " median" }` to `"api median"`.
 * A list gives its order, an object goes upwards.
 * @throws FastTsError `FTS_STAGE_OPTION` when a point is not a number from 0 to 1, or what it adds no string.
 * @category Folds
 * @example
 * pipeline("latency", [
 *   filter((e) => e.service === "api latency"),
 *   fixedTimeWindow(60),
 *   combine(folds.sample([0.5, 0.95, 0.99])),
 *   stdout(),
 * ]);
 */
export function sample(points: Points): (events: Given) => readonly Event[] {
  checkOption("folds.sample", "points", points, pointsRule);
  const suffixes = suffixesOf(points);
  return (events) => {
    const ranked = new RankedEvents(events);
    return suffixes.flatMap(([point, suffix]) => {
      const event = ranked.at(point);
      return event === null ? [] : [event.with({ service: `${event.service ?? ""}${suffix}` })];
    });
  };
}

/**
 * The event in the middle when they are sorted by metric, the higher of the two when their number is even. `null` when
 * no event has a metric.
 *
 * @category Folds
 * @example
 * pipeline("typical latency", [by("host", [fixedTimeWindow(60), combine(folds.median)]), stdout()]);
 */
export function median(events: Given): Event | null {
  return new RankedEvents(events).at(0.5);
}

/** Each point with what it adds to `service`. */
export function suffixesOf(points: Points): readonly (readonly [point: number, suffix: string])[] {
  if (isList(points)) return points.map((point) => [point, ` ${point}`]);
  const given = Object.entries<string>(points).map(([point, suffix]) => [Number(point), suffix] as const);
  return given.sort(([a], [b]) => a - b);
}

function isList(points: Points): points is readonly number[] {
  return Array.isArray(points);
}

function isPoint(point: unknown): boolean {
  return typeof point === "number" && point >= 0 && point <= 1;
}

function isSuffixes(points: object): boolean {
  return Object.entries(points).every(([point, suffix]) => isPoint(Number(point)) && typeof suffix === "string");
}
