import type { Event } from "../core/event.ts";
import { aString, checkKeys, checkOption } from "../core/option.ts";
import type { Stage } from "../core/stage.ts";
import { KEYED_OPTIONS, type KeyedOptions } from "../kit/keyed-options.ts";
import { type ChangedPair, changedStage } from "./changed.ts";

/** What counts as the state before the first, how many hosts and services are held, and for how long. */
export interface ChangedStateOptions extends KeyedOptions {
  /**
   * The state before the first event of a host and service: with `"ok"`, a first event that is `ok` does not pass.
   * @default null
   */
  readonly init?: string | null;
  /** Whether to emit the previous event as well, as a list: `[before, event]`. @default false */
  readonly pairs?: boolean;
}

/**
 * Passes an event when its state differs from that of the previous event of the same host and service; drops the
 * others.
 *
 * Emits at once. The first event of a host and service passes unless its state is `init`, by default `null`. Holds a
 * state for each host and service, with `pairs` an event, at most `max` of them: beyond, the longest idle is forgotten,
 * counted, and starts over with `init`. One whose state is `init` is forgotten after `ttl` seconds without an event.
 * `expired` is a state like any other, and so is `null`.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when an option is unknown or wrong.
 * @category State and change
 * @example
 * pipeline("tell me when it breaks", [
 *   filter((e) => e.state !== null),
 *   by(["host", "service"], [stable(120, "state"), changedState({ init: "ok" })]),
 *   email("ops@example.com"),
 * ]);
 */
export function changedState(options: ChangedStateOptions & { readonly pairs: true }): Stage<Event, ChangedPair>;
export function changedState(options?: ChangedStateOptions & { readonly pairs?: false }): Stage;
export function changedState(options: ChangedStateOptions = {}): Stage<Event, Event | ChangedPair> {
  checkKeys("changedState", options, ["init", "pairs", ...KEYED_OPTIONS]);
  const { init = null } = options;
  if (init !== null) checkOption("changedState", "init", init, aString);
  return changedStage("changedState", "changedState", "state", { ...options, key: ["host", "service"] });
}
