import type { Event } from "../core/event.ts";
import { expire, isExpired } from "../core/expiry.ts";
import { aBoolean, atLeastOne, checkKeys, checkOption, oneOf, type Rule } from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { checkStages, type Stage, show, stage } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import { checkKeyedOptions, KEYED_OPTIONS } from "../kit/keyed-options.ts";
import { Ranking } from "../kit/ranking.ts";
import { compileSelector } from "../kit/selector.ts";

/** What events are ranked by; an event for which it gives nothing or `NaN` is not ranked. */
export type Measure = "metric" | "time" | "ttl" | ((event: Event) => number | null | undefined);

/** What becomes of events that are not among the largest, and how long a silent one stays. */
export interface TopOptions<Bottom extends AnyStages = AnyStages> {
  /** The stages of events that are not among the largest. @default none: they are dropped */
  readonly bottom?: Bottom & Chain<Event, Bottom>;
  /**
   * Whether an event that is displaced is told at once, to both sides; else that waits for the next one of its host and
   * service. @default true with `bottom`, false without
   */
  readonly demote?: boolean;
  /** The largest `k` there may be, a whole number >= 1: what is held is bounded, whatever `k` is computed from. @default 100_000 */
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
 * Emits what the last stages of both emit. As with `dual`, the other side is told each time by an event of the same
 * host and service with the state `expired`. A newcomer gets in when there is room, or when it is larger than the
 * smallest, which then leaves; a tie changes nothing. Who is in stays in with any value until displaced, so a value
 * that falls does not let those in that were refused before: their next event does.
 *
 * Holds `k` events, the last one for each host and service that is in. An event that has expired, by its state or its
 * age, goes through both sides as it is and leaves the ranking, as does one without a value, which goes through
 * `bottom`.
 *
 * Unlike in Riemann, who falls silent does not keep its place for ever: a newcomer gets it, counted as evicted.
 *
 * @param k - How many, a whole number from 1 to `max`.
 * @param value - What to rank by: `"metric"`, `"time"`, `"ttl"`, or a function that gives a number or nothing.
 * @param stages - The stages of the largest; an empty list passes them on.
 * @throws FastTsError `FTS_STAGE_OPTION` when `k` is no whole number from 1 to `max`, `value` none of these, or an option is
 * wrong, `FTS_NOT_A_STAGE` when a list of stages is none; `FTS_STAGE_MISUSE` in the run when a function gives something
 * other than a number.
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
  value: Measure,
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
  checkOption("top", "value", value, aMeasure);
  checkStages("top(stages)", stages);
  if (bottom !== undefined) checkStages("top(bottom)", bottom);
  checkOption("top", "demote", demote, aBoolean);
  const select = compileSelector("top(value)", value);
  return stage<Event, Emitted<Event, Top> | Emitted<Event, Bottom>>(
    "top",
    (context) => {
      const { clock, defaultTtl } = context;
      const ranking = new Ranking(k, ttl, (count) => context.evicted(count, "idle"));
      const up = context.branch("top").receive;
      const down = bottom === undefined ? ignore : context.branch("bottom").receive;

      function displace(event: Event, now: number): void {
        up(expire(event, now));
        down(event);
      }

      return (event) => {
        const now = clock.now();
        if (isExpired(event, now, defaultTtl)) {
          ranking.remove(event);
          up(event);
          down(event);
          return;
        }
        const found = checked(select(event));
        if (found === null) ranking.remove(event);
        const out = found === null ? event : ranking.push(event, found, now);
        if (out === event) return displace(event, now);
        if (out !== null && demote) displace(out, now);
        down(expire(event, now));
        up(event);
      };
    },
    { branches: bottom === undefined ? { top: stages } : { top: stages, bottom }, memory: ttl },
  );
}

const aMeasure: Rule = {
  must: "metric, time, ttl, or a function of the event",
  test: (value) => typeof value === "function" || oneOf("metric", "time", "ttl").test(value),
};

function checked(value: unknown): number | null {
  if (value === null || Number.isNaN(value)) return null;
  if (typeof value === "number") return value;
  throw new FastTsError("FTS_STAGE_MISUSE", `top(value): the function must give a number or null, got ${show(value)}`);
}

function ignore(): void {}
