import type { Event } from "../core/event.ts";
import { expire, isExpired, NOT_KEPT } from "../core/expiry.ts";
import { aBoolean, atLeastOne, checkKeys, checkOption, oneOf, type Rule } from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { checkStages, type Stage, show, stage } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import { checkKeyedOptions, KEYED_OPTIONS } from "../kit/keyed-options.ts";
import { Ranking } from "../kit/ranking.ts";
import { compileSelector, type Select } from "../kit/selector.ts";

/** What events are ranked by; an event for which it returns nothing or `NaN` is not ranked. */
export type Measure = "metric" | "time" | "ttl" | ((event: Event) => number | null | undefined);

/** What becomes of events that are not among the largest, and how long a silent one stays. */
export interface TopOptions<Bottom extends AnyStages = AnyStages> {
  /** The stages of events that are not among the largest. @default none: they are dropped */
  readonly bottom?: Bottom & Chain<Event, Bottom>;
  /**
   * Whether both sides are told at once when an event is displaced; otherwise they are told with the next event of its
   * host and service. @default true with `bottom`, false without
   */
  readonly demote?: boolean;
  /** The largest `k` allowed, a whole number >= 1: it bounds memory when `k` is computed. @default 100_000 */
  readonly max?: number;
  /**
   * Seconds >= 0.001 without an event after which a host and service keeps others out no longer; one with a longer ttl
   * is waited for that long.
   * @default 3600
   */
  readonly ttl?: number;
}

/**
 * Sends the `k` hosts and services with the largest values through `stages`, and the others through `bottom`.
 *
 * Emits what the last stages of both emit. As with `dual`, the other side receives an event of the same host and
 * service with the state `expired` each time. A newcomer enters when there is room, or when it is larger than the
 * smallest, which then leaves; a tie changes nothing. A member stays with any value until displaced, so a falling value
 * does not let others in: their next event does.
 *
 * Holds `k` events, the last one for each host and service that is in. An event that has expired, by its state or its
 * age, goes through both sides as it is and leaves the ranking, as does one without a value, which goes through
 * `bottom`.
 *
 * Unlike in Riemann, a silent member does not keep its place forever: a newcomer takes it, counted as evicted.
 *
 * @param k - How many, a whole number from 1 to `max`.
 * @param value - What to rank by: `"metric"`, `"time"`, `"ttl"`, or a function that returns a number or nothing; or a
 * list of these, of which the second decides between those that are equal in the first, and so on.
 * @param stages - The stages of the largest; an empty list passes them on.
 * @throws FastTsError `FTS_STAGE_OPTION` when `k` is not a whole number from 1 to `max`, `value` none of these, or an
 * option is wrong, `FTS_NOT_A_STAGE` when a list of stages is not one; `FTS_STAGE_MISUSE` at run time when a function
 * returns something other than a number.
 * @category Route
 * @example
 * pipeline("the hungriest processes", [
 *   filter((e) => e.tags.includes("process")),
 *   top(10, "metric", [tag("top")], { bottom: [untag("top")] }),
 *   stdout(),
 * ]);
 */
export function top<const Top extends AnyStages, const Bottom extends AnyStages = never>(
  k: number,
  value: Measure | readonly [Measure, ...Measure[]],
  stages: Top & Chain<Event, Top>,
  options: TopOptions<Bottom> = {},
): Stage<Event, Emitted<Event, Top> | Emitted<Event, Bottom>> {
  checkKeys("top", options, ["bottom", "demote", ...KEYED_OPTIONS]);
  checkKeyedOptions("top", options);
  const { bottom, demote = bottom !== undefined, max = 100_000, ttl = 3600 } = options;
  checkOption("top", "k", k, {
    must: `a whole number from 1 to max (${max})`,
    test: (n) => atLeastOne.test(n) && Number(n) <= max,
  });
  checkOption("top", "value", value, someMeasures);
  const measures: readonly Measure[] = typeof value === "object" ? value : [value];
  checkStages("top(stages)", stages);
  if (bottom !== undefined) checkStages("top(bottom)", bottom);
  checkOption("top", "demote", demote, aBoolean);
  const selects = measures.map((measure) => compileSelector("top(value)", measure));
  return stage<Event, Emitted<Event, Top> | Emitted<Event, Bottom>>(
    "top",
    (context) => {
      const { clock, defaultTtl } = context;
      const ranking = new Ranking(k, ttl, context);
      context.forgets(ranking);
      const up = context.branch("top").receive;
      const down = bottom === undefined ? ignore : context.branch("bottom").receive;

      function displace(event: Event, now: number): void {
        up(expire(event, now));
        down(event);
      }

      return (event) => {
        const now = clock.now();
        if (isExpired(event, clock, defaultTtl, now)) {
          ranking.remove(event);
          up(event);
          down(event);
          return;
        }
        const found = ranked(event, selects);
        if (found === null) ranking.remove(event);
        const out = found === null ? event : ranking.push(event, found, clock.elapsed());
        if (out === event) return displace(event, now);
        if (out !== null && demote) displace(out, now);
        down(expire(event, now));
        up(event);
      };
    },
    {
      branches: bottom === undefined ? { top: stages } : { top: stages, bottom },
      memory: ttl,
      changes: NOT_KEPT,
      shape: [k, value],
    },
  );
}

const isMeasure = (value: unknown): boolean =>
  typeof value === "function" || oneOf("metric", "time", "ttl").test(value);
const someMeasures: Rule = {
  must: "metric, time, ttl, a function of the event, or a list of these",
  test: (value) => (Array.isArray(value) ? value.length > 0 && value.every(isMeasure) : isMeasure(value)),
};

/** The values of an event, unless one is missing. */
function ranked(event: Event, selects: readonly Select[]): readonly number[] | null {
  const values: number[] = [];
  for (const select of selects) {
    const value = checked(select(event));
    if (value === null) return null;
    values.push(value);
  }
  return values;
}

function checked(value: unknown): number | null {
  if (value === null || Number.isNaN(value)) return null;
  if (typeof value === "number") return value;
  throw new FastTsError("FTS_STAGE_MISUSE", `top(value): the function must give a number or null, got ${show(value)}`);
}

function ignore(): void {}
