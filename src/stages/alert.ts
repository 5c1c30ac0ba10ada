import type { Event } from "../core/event.ts";
import {
  aFunction,
  atLeastOne,
  checkKeys,
  checkOption,
  duration,
  notNegative,
  oneOf,
  type Rule,
} from "../core/option.ts";
import type { AnyStages, Chain, Emitted } from "../core/pipeline.ts";
import { isYes, type Predicate } from "../core/predicate.ts";
import { checkStages, type Stage, stage } from "../core/stage.ts";
import { OpenAlerts } from "../kit/open-alerts.ts";
import { compileKey, type Key } from "../kit/selector.ts";
import { batch } from "./batch.ts";
import { by } from "./by.ts";

/** What is an alert, and what is told of it. */
export interface AlertOptions {
  /**
   * What tells alerts apart: fields and attributes by their names, functions of the event, or a list of these.
   * @default ["host", "service"]
   */
  readonly by?: Key;
  /** Which events trigger an alert. @default those with the state `critical` */
  readonly trigger?: Predicate;
  /** Which events resolve it; what triggers it never does. @default those with the state `ok` */
  readonly resolve?: Predicate;
  /** Which events say that someone looks after it: it is not repeated any more. @default none */
  readonly acknowledge?: Predicate;
  /**
   * What an event with the state `expired` means: it resolves the alert, it leaves it open, or it triggers one. It is
   * worded "no data since …, not known to be ok".
   * @default "resolve"
   */
  readonly onExpired?: "resolve" | "keep" | "trigger";
  /** Seconds for which it has to be ok before it resolves; >= 0. @default 0 */
  readonly hold?: number;
  /** Seconds after which an open alert is told of again; >= 0.001, `Infinity`: never. @default 14_400 */
  readonly repeat?: number;
  /**
   * The key by which the world outside knows the alert: the same from trigger to resolve, another for each alert.
   * @default the names of pipeline and key: `disks/db1/disk /var`
   */
  readonly dedup?: (event: Event) => string;
  /** How many alerts may be open; a further one is told of with every event. A whole number >= 1. @default 100_000 */
  readonly max?: number;
}

/** Alerts that are told of together. */
export interface AlertGroup {
  /** What is alike in the alerts of a group: a field or an attribute by its name, a function, or a list of these. */
  readonly by: Key;
  /** How long they are gathered, seconds >= 0.001. */
  readonly seconds: number;
}

/** For alerts in lists. */
export interface GroupedAlertOptions extends AlertOptions {
  /** Gives `stages` lists of what belongs together, of at most 1,000 events, as {@link batch} does. @default none */
  readonly group: AlertGroup;
}

const OPTIONS = ["by", "trigger", "resolve", "acknowledge", "onExpired", "hold", "repeat", "group", "dedup", "max"];
const MAX_GROUP_EVENTS = 1000;

/**
 * Makes alerts of events: tells `stages` once when one begins, when it gets better or worse, and when it is over.
 *
 * Its stages get the event that tells of it, with three attributes: `alert phase` is `trigger`, `update` (another state:
 * critical, then warning), `repeat` (nothing has changed for `repeat` seconds; the last event, with the time of now),
 * `acknowledge` or `resolve`; `alert key` is the same for the whole alert; `alert since` has Unix seconds. Emits what the
 * last stages emit, nothing else. An alert that becomes ok and critical again within `hold` says nothing.
 *
 * What a silence covers is not told, counted as `silenced`; when it ends, an alert that still fires is told, as
 * `trigger`, `update` or `repeat`. That an alert is over is told in a silence too, to those who were told that it began.
 *
 * An event that neither triggers nor resolves (`warning`, by default) updates an alert that is open, and begins none. A
 * silence ends no alert: it stays open until an event resolves it, an expired one too, unless `onExpired` says otherwise.
 * Events without a metric are looked at like any other.
 *
 * Holds for each open alert about 600 bytes and its last event, for at most `max` alerts: a further trigger is passed on
 * as one with every event, counted as `full`. When the worker's state takes too many bytes, the alert heard of longest ago
 * is forgotten, counted as `full` too. Open alerts outlive reloads, restarts of the pipeline and the end of a worker; with
 * `--data` or `--state` the end of the daemon as well.
 *
 * @param stages - What to do with them: sinks, above all. With a `group` they take lists of events.
 * @throws FastTsError `FTS_NOT_A_STAGE` when `stages` is not a list of stages, `FTS_STAGE_OPTION` when an option is
 * wrong; `FTS_STAGE_MISUSE` at run time when a function returns an object, or `dedup` anything but a string.
 * @category State and change
 * @example
 * pipeline("disks", [
 *   filter((e) => e.service?.startsWith("disk ") === true),
 *   alert([email("ops@example.com")], { hold: 300 }),
 * ]);
 * pipeline("all that goes wrong, a mail for each host", [
 *   alert([email("ops@example.com")], {
 *     trigger: ({ state }) => state !== null && state !== "ok" && state !== "expired",
 *     hold: 300,
 *     group: { by: "host", seconds: 30 },
 *   }),
 * ]);
 */
export function alert<const Each extends AnyStages>(
  stages: Each & Chain<readonly Event[], Each>,
  options: GroupedAlertOptions,
): Stage<Event, Emitted<readonly Event[], Each>>;
export function alert<const Each extends AnyStages>(
  stages: Each & Chain<Event, Each>,
  options?: AlertOptions & { readonly group?: undefined },
): Stage<Event, Emitted<Event, Each>>;
export function alert(
  stages: AnyStages,
  options: AlertOptions & { readonly group?: AlertGroup | undefined } = {},
): Stage<Event, unknown> {
  checkStages("alert(stages)", stages);
  checkKeys("alert", options, OPTIONS);
  const { by: key = ["host", "service"], hold = 0, repeat = 14_400, max = 100_000, onExpired = "resolve" } = options;
  const { trigger = isCritical, resolve = isOk, acknowledge, dedup, group } = options;
  for (const [name, test] of Object.entries({ trigger, resolve, acknowledge, dedup }))
    if (test !== undefined) checkOption("alert", name, test, aFunction);
  checkOption("alert", "onExpired", onExpired, oneOf("resolve", "keep", "trigger"));
  checkOption("alert", "hold", hold, notNegative);
  checkOption("alert", "repeat", repeat, REPEAT);
  checkOption("alert", "max", max, atLeastOne);
  const path = compileKey("alert(by)", key);
  if (group !== undefined) checkGroup(group);
  const rules = { path, dedup, hold, repeat, max, onExpired };
  return stage<Event, unknown>(
    "alert",
    (context) => {
      const alerts = new OpenAlerts(context, rules, context.branch("each").receive);
      const onEvent = (event: Event): void => {
        if (event.state === "expired") alerts.expire(event);
        else if (!alerts.isEmpty && acknowledge !== undefined && says("acknowledge", acknowledge, event))
          alerts.acknowledge(event);
        else if (says("trigger", trigger, event)) alerts.trigger(event);
        else if (alerts.isEmpty) return;
        else if (says("resolve", resolve, event)) alerts.resolve(event);
        else alerts.update(event);
      };
      const cancel = context.silences.onChange(() => alerts.reviewSoon());
      const stop = (): void => {
        cancel();
        alerts.end();
      };
      return { onEvent, isInitial: () => alerts.isInitial, stop };
    },
    {
      branches: { each: group === undefined ? stages : grouped(group, stages) },
      edge: {
        kind: "alert",
        name: dedup === undefined ? "" : String(dedup),
        keeps: [key, dedup ?? ""].flat().join("\n"),
      },
      memory: Number.POSITIVE_INFINITY,
      shape: [key, dedup],
    },
  );
}

const REPEAT: Rule = {
  must: "a number >= 0.001 or Infinity",
  test: (value) => value === Number.POSITIVE_INFINITY || duration.test(value),
};

const isCritical: Predicate = (event) => event.state === "critical";
const isOk: Predicate = (event) => event.state === "ok";

function says(option: string, test: Predicate, event: Event): boolean {
  const answer = test(event);
  return answer === true || isYes(`alert(${option})`, answer);
}

function checkGroup(group: AlertGroup): void {
  checkKeys("alert", group, ["by", "seconds"]);
  compileKey("alert(group.by)", group.by);
  checkOption("alert", "group.seconds", group.seconds, duration);
}

function grouped({ by: key, seconds }: AlertGroup, stages: AnyStages): AnyStages {
  return [by(key, [batch(MAX_GROUP_EVENTS, seconds)]), ...stages];
}
