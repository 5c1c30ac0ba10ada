import { Event, weigh } from "../core/event.ts";
import { textBytes } from "../core/event-weight.ts";
import { aBoolean, checkKeys, checkOption } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, stage } from "../core/stage.ts";
import type { Slot } from "../kit/key-levels.ts";
import { checkKeyedOptions, KEYED_OPTIONS, type KeyedOptions, startKeyedTable } from "../kit/keyed-options.ts";
import {
  compileKey,
  compileSelector,
  type Key,
  type Primitive,
  type Select,
  type Selector,
  sameValue,
} from "../kit/selector.ts";

/** What counts as the value before the first, and which events are compared. */
export interface ChangedOptions extends KeyedOptions {
  /** The value before the first event: an event that has it does not count as a change. @default null */
  readonly init?: Primitive;
  /**
   * What keeps events apart, as for `by`: each is compared with the previous one of its key. @default none: all are
   * compared
   */
  readonly key?: Key;
  /** Whether to emit the previous event as well, as a list: `[before, event]`. @default false */
  readonly pairs?: boolean;
}

const MAX_SHORT_CHARACTERS = 128;

/** An event with the previous one; `null` when it is the first. */
export type ChangedPair = readonly [before: Event | null, event: Event];

/**
 * Passes an event when a value of it differs from that of the previous event; drops the others.
 *
 * Emits at once and holds that value, with `pairs` that event. The first event passes unless its value is `init`, by
 * default `null`. Compares all events with each other whatever their host and service, unless there is a `key`: then it
 * holds a value for each key, at most `max` keys: beyond, the longest idle is forgotten, counted, and starts over with
 * `init`. A key whose value is `init` is forgotten after `ttl` seconds without an event. `null` is a value, and
 * `expired` a state like any other.
 *
 * @param value - What to compare: a field or an attribute by its name (`"state"`, `"attributes.zone"`), or a function
 * that returns a string, number, boolean or nothing. With `pairs` the function is called twice for each event.
 * @throws FastTsError `FTS_STAGE_OPTION` when `value` is neither a field nor a function, or an option is unknown or
 * wrong; `max` and `ttl` are there with a `key` only.
 * @category State and change
 * @example
 * pipeline("new releases", [
 *   filter((e) => e.service === "deploy"),
 *   changed("attributes.version", { key: "host" }),
 *   stdout(),
 * ]);
 */
export function changed(value: Selector, options: ChangedOptions & { readonly pairs: true }): Stage<Event, ChangedPair>;
export function changed(value: Selector, options?: ChangedOptions & { readonly pairs?: false }): Stage;
export function changed(value: Selector, options: ChangedOptions = {}): Stage<Event, Event | ChangedPair> {
  const { key } = options;
  checkKeys("changed", options, ["init", "key", "pairs", ...(key === undefined ? [] : KEYED_OPTIONS)]);
  return changedStage("changed", "changed(value)", value, options);
}

/** `changed` under the name of the stage that it is part of. */
export function changedStage(
  name: string,
  where: string,
  value: Selector,
  options: ChangedOptions,
): Stage<Event, Event | ChangedPair> {
  const select = compileSelector(where, value);
  const { init = null, key, pairs = false } = options;
  checkOption(name, "pairs", pairs, aBoolean);
  checkKeyedOptions(name, options);
  const path = key === undefined ? null : compileKey(`${name}(key)`, key);
  const none: Kept = init ?? null;
  const isKept = (value: Kept): boolean => !sameValue(value, none);
  const start: Start<Event, Event | ChangedPair> = (context) => {
    const { emit } = context;
    const table =
      path === null ? null : startKeyedTable<Kept>(context, options, { ...path, create: () => none, isKept });
    const one: Slot<Kept> = context.state(() => ({ value: none, bytes: 0 }));
    const onEvent: OnEvent = (event) => {
      const slot = table === null ? one : table.at(event);
      const before = slot.value;
      const next = select(event);
      slot.value = pairs ? event : next;
      if (table !== null && (pairs || slot.bytes > 0 || isLong(next)))
        table.grow(slot, bytesOf(slot.value) - slot.bytes);
      if (!(before instanceof Event)) {
        if (!sameValue(next, before)) emit(pairs ? [null, event] : event);
      } else if (!sameValue(next, select(before))) emit([before, event]);
    };
    return { onEvent, isInitial: () => (table === null ? !isKept(one.value) : table.size === 0) };
  };
  return stage(name, start, {
    memory: Number.POSITIVE_INFINITY,
    changes: [],
    keyedBy: key,
    shape: [value, init, key, pairs],
  });
}

/** The value before, or its event. */
type Kept = ReturnType<Select> | Event;

/** A short text is counted with its key: most values change often, and are short. */
function bytesOf(value: Kept): number {
  if (value instanceof Event) return weigh(value);
  return isLong(value) ? textBytes(value) : 0;
}

function isLong(value: ReturnType<Select>): boolean {
  return typeof value === "string" && value.length > MAX_SHORT_CHARACTERS;
}
