import { type Event, withMetric } from "../core/event.ts";
import { aFunction, checkKeys, checkOption, duration } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { eventOf, listOf, type Plain, type Savable } from "../core/state.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "../kit/clock-windows.ts";
import { type FoldOption, folding } from "../kit/folding.ts";
import { isHeldExpired, NO_GAPS, withGap } from "../kit/gaps.ts";
import { checkKeyedOptions, KEYED_OPTIONS, type KeyedOptions, startKeyedTable } from "../kit/keyed-options.ts";
import type { KeyedTable } from "../kit/keyed-table.ts";
import type { SavedValues } from "../kit/keyed-table-options.ts";
import { compileKey, type Key } from "../kit/selector.ts";

/** What `coalesce` tells events apart by, how many keys it holds and for how long, and when it emits its lists. */
export interface CoalesceOptions extends KeyedOptions, AlignOptions {
  /**
   * A field or an attribute by its name (`"host"`, `"attributes.zone"`), a function that returns a string, number,
   * boolean or nothing, or a list of these.
   * @default ["host", "service"]
   */
  readonly key?: Key;
}

/**
 * Emits the list of the last event of every key, again and again: the state of everything.
 *
 * Emits as soon as the first event is there, then every `seconds` whether something changed or not, in the order in
 * which the keys were first seen. At a stop it emits once more if there was something new. An event that has expired,
 * by its state or its ttl (60 s when it has none), is in one more list and then forgotten; when the last key is
 * forgotten, the lists end until an event comes. Holds an event for each key, at most `max`; one that makes room for
 * another is counted as `evicted`. Events without a metric are held like any other. Aligned to the clock, the first
 * list still comes at once.
 *
 * What a `fold` given as an option makes of a list carries the time at which it is made, a whole multiple of `seconds`
 * when aligned to the clock; the events of a list keep their own times.
 *
 * As in Riemann, the lists grow at first: after each start, be it a restart or a reload that changed the pipeline, the
 * first one has a single event, and all keys are in when each has had one. A sum is too small until then; a fold that
 * returns `null` for a short list skips it:
 * `coalesce(10, { fold: (events) => (events.length < 3 ? null : folds.sum(events)) })`.
 *
 * Unlike Riemann's, an expired event of one key does not end the lists of the others.
 *
 * @param seconds - Time between two lists, >= 0.001.
 * @throws FastTsError `FTS_STAGE_OPTION` when `seconds` is not a number >= 0.001 or an option is wrong;
 * `FTS_STAGE_MISUSE` at run time when a function returns an object as key.
 * @category Windows
 * @example
 * pipeline("requests per second of the cluster", [
 *   filter((e) => e.service === "requests per second"),
 *   coalesce(10),
 *   combine(folds.sum),
 *   stdout(),
 * ]);
 */
export function coalesce(seconds: number, options: CoalesceOptions & FoldOption<readonly Event[]>): Stage;
export function coalesce(seconds?: number, options?: CoalesceOptions): Stage<Event, readonly Event[]>;
export function coalesce(
  seconds = 1,
  options: CoalesceOptions & Partial<FoldOption<readonly Event[]>> = {},
): Stage<Event, Event | readonly Event[]> {
  checkOption("coalesce", "seconds", seconds, duration);
  checkKeys("coalesce", options, ["key", "align", "fold", ...KEYED_OPTIONS]);
  checkAlign("coalesce", options);
  const { fold } = options;
  if (fold !== undefined) checkOption("coalesce", "fold", fold, aFunction);
  checkKeyedOptions("coalesce", options);
  const { key = ["host", "service"] } = options;
  const path = compileKey("coalesce(key)", key);
  const start: Start<Event, Event | readonly Event[]> = (context) => {
    const { clock, state, alarm } = context;
    // What is made once per interval has the interval's time: the events of the list have others.
    const emitNow = (made: Event): void => context.emit(withMetric(made, made.metric, clock.now()));
    const emit = fold === undefined ? context.emit : folding("coalesce", { fold }, { clock, emit: emitNow });
    /** By the key's place in the table; a `Map` keeps the order of its keys when it replaces a value. */
    const live = new Map<object, Event>();
    const keys = startKeyedTable<object>(context, options, {
      ...path,
      create: newPlace,
      values: PLACES,
      keepsLast: true,
      isKept: (key) => live.has(key),
      onEvict: (key) => {
        if (live.delete(key)) context.dropped(1, "evicted");
      },
    });
    context.keeps(new Live(live, keys));
    const own = state(() => ({ isNew: false, isOn: false, gaps: NO_GAPS }));
    own.gaps = withGap(own.gaps, clock.now() - context.away, context.away);
    const first = alarm(() => giveOut());
    const windows = new ClockWindows(context, seconds, anchorOf(options, null), giveOut);

    function forget(key: object, event: Event): void {
      live.delete(key);
      keys.delete(event);
    }

    function giveOut(): void {
      const now = clock.now();
      const list: Event[] = [];
      for (const [key, event] of live) {
        list.push(event);
        if (isHeldExpired(event, clock, context.defaultTtl, now, own.gaps)) forget(key, event);
      }
      own.isNew = false;
      own.isOn = list.length > 0;
      if (!own.isOn) return windows.stop();
      windows.open();
      emit(list);
    }

    return {
      onEvent: (event) => {
        live.set(keys.at(event).value, event);
        own.isNew = true;
        if (own.isOn) return;
        own.isOn = true;
        first.set(clock.now()); // with those that came together with it
      },
      flush: () => {
        if (own.isNew) giveOut();
      },
      isInitial: () => live.size === 0,
    };
  };
  return stage("coalesce", start, { memory: Number.POSITIVE_INFINITY, shape: [seconds, options.align, key] });
}

// Made once, as there may be a copy of the stage a key.
const newPlace = (): object => ({});
const PLACES: SavedValues<object> = { save: () => null, restore: newPlace };

/** The last events of the live keys, as a part of the state. */
class Live implements Savable {
  readonly #events: Map<object, Event>;
  readonly #keys: KeyedTable<object>;

  constructor(events: Map<object, Event>, keys: KeyedTable<object>) {
    this.#events = events;
    this.#keys = keys;
  }

  save(): Plain {
    return [...this.#events.values()];
  }

  restore(saved: Plain): void {
    for (const event of listOf(saved).map(eventOf)) {
      const key = this.#keys.get(event);
      if (key !== undefined) this.#events.set(key, event);
    }
  }
}
