import type { Event } from "../core/event.ts";
import { aBoolean, aFunction, checkKeys, checkOption, type Rule } from "../core/option.ts";
import { filledState, type Plain, type PlainRecord } from "../core/state.ts";
import {
  checkKeyedOptions,
  KEYED_OPTIONS,
  type KeyedContext,
  type KeyedOptions,
  keyLife,
  startKeyedTable,
} from "./keyed-options.ts";
import { compileKey, type Key } from "./selector.ts";

/** The bounds of a {@link keyedState}, and what becomes of a state that is evicted. */
export interface KeyedStateOptions<State> extends KeyedOptions {
  /**
   * Called with the state of each key that is evicted, in the stage's turn: it may emit. Not when the run ends.
   * @default none
   */
  readonly onEvict?: (state: State) => void;
  /**
   * Seconds >= 0 for which a state matters after the last event of its key, which is kept for twice that long. `Infinity`:
   * a state is kept until it equals what `create` gives, or until there are more than `max`.
   * @default 0: `ttl` alone decides
   */
  readonly memory?: number;
  /** Whether a state holds the last event of its key: then its bytes count. @default false */
  readonly keepsLast?: boolean;
}

/**
 * State for each key, for a stage of your own that remembers a few numbers per series. For stages and timers per key,
 * use {@link by}.
 *
 * Returns a function to call once in the stage's `start`, with its context. Call its result with each event: it returns
 * the state of the event's key, the same object each time, made by `create` when the key is new. Holds at most `max`
 * keys, each until it has had no event for `ttl` seconds, or longer: see `memory`. Evictions are counted for the stage.
 * A key takes about 150 bytes and its state. As fast as nested Maps of your own, or faster where series come again in
 * the same order.
 *
 * @param stage - The name of the stage, with which messages begin.
 * @param key - What to tell events apart by: a field or an attribute by its name (`"host"`, `"attributes.zone"`), a
 * function that returns a string, number, boolean or nothing, or a list of these.
 * @param create - Makes the state of a new key, which is part of that of the stage: see `state` of its context.
 * @throws FastTsError `FTS_STAGE_OPTION` when `key` is none of these, `create` is not a function, or an option is
 * wrong; `FTS_STAGE_MISUSE` at run time when a function returns an object as key.
 * @category Your own
 * @example
 * const everyTenth = () => {
 *   const series = keyedState("everyTenth", ["host", "service"], () => ({ events: 0 }));
 *   return stage("everyTenth", (context) => {
 *     const seriesOf = series(context);
 *     return (event) => {
 *       if (seriesOf(event).events++ % 10 === 0) context.emit(event);
 *     };
 *   });
 * };
 * pipeline("a tenth of each series", [everyTenth(), stdout()]);
 */
export function keyedState<State extends PlainRecord<State>>(
  stage: string,
  key: Key,
  create: () => State,
  options: KeyedStateOptions<State> = {},
): (context: KeyedContext) => (event: Event) => State {
  const path = compileKey(`${stage}(key)`, key);
  checkOption(stage, "create", create, aFunction);
  checkKeys(stage, options, ["onEvict", "memory", "keepsLast", ...KEYED_OPTIONS]);
  checkKeyedOptions(stage, options);
  const { onEvict, memory = 0, keepsLast = false } = options;
  checkOption(stage, "keepsLast", keepsLast, aBoolean);
  checkOption(stage, "memory", memory, aMemory);
  const isLasting = memory === Number.POSITIVE_INFINITY;
  const bounds = isLasting ? options : { ...options, ttl: keyLife(options, memory) };
  const isKept = isLasting ? (state: State) => !isSame(state, create()) : undefined;
  if (onEvict !== undefined) checkOption(stage, "onEvict", onEvict, aFunction);
  return (context) => {
    const table = startKeyedTable<State>(context, bounds, {
      ...path,
      create,
      isKept,
      keepsLast,
      values: { save: (state) => state as Plain, restore: (saved) => restored(create(), saved) },
      ...(onEvict && { onEvict }),
    });
    return (event) => table.at(event).value;
  };
}

function restored<State>(made: State, saved: Plain): State {
  return typeof made === "object" && made !== null && !Array.isArray(made)
    ? filledState(made, saved)
    : (saved as State);
}

const aMemory: Rule = { must: "a number >= 0", test: (value) => typeof value === "number" && value >= 0 };

/** Whether two states hold the same, lists and plain objects in them too. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isPlain(a) || !isPlain(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && isSame(a[name], b[name]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
