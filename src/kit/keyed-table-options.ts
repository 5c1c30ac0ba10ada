import type { Plain, SavePart } from "../core/state.ts";
import type { Slot } from "./key-levels.ts";
import type { Select } from "./selector.ts";

export interface KeyedTableOptions<V> {
  /** What an event's key is made of: `key`, after the parts `above` it (host above service), outermost first. */
  readonly key: Select;
  readonly above?: readonly Select[];
  /** The fields of all parts, which are saved with it; `null` for a function. @default of none the field is known */
  readonly names?: readonly (string | null)[];
  /** How many keys are held, at least 1; a new one beyond evicts the longest idle. */
  readonly max: number;
  /** Seconds a key may be idle before `sweep` evicts it; an event with a longer ttl prolongs that. */
  readonly ttl: number;
  /** Whether the value of a key that has been idle too long is kept all the same. @default none is */
  readonly isKept?: ((value: V) => boolean) | undefined;
  /** The value of a new key. */
  readonly create: () => V;
  /** Called with the slot of each new key, those that are restored too. */
  readonly onSlot?: ((slot: Slot<V>) => void) | undefined;
  /**
   * How values are saved that change, of a table that gave them out: see {@link KeyedTable.at}. They are objects.
   * @default they are plain, saved as they are, and never change: others take their place
   */
  readonly values?: SavedValues<V> | undefined;
  /** Called with the value of each key that is evicted. */
  readonly onEvict?: (value: V, why: Eviction) => void;
  /** About how many bytes a key takes with its value, its texts and what `grow` is told of left out. */
  readonly bytesPerKey?: number | undefined;
  /** Whether the value holds the key's last event, which then counts too. */
  readonly keepsLast?: boolean | undefined;
  /** Told how many bytes and keys more are held, or fewer. */
  readonly onHeld?: (bytes: number, keys: number) => void;
}

/** How the values of a table are saved, and made of what was saved. */
export interface SavedValues<V> {
  readonly save: SavePart<V>;
  restore(saved: Plain): V;
}

/** `full`: there were more than `max`. `idle`: it had no event for too long. `bytes`: see `evict`. */
export type Eviction = "full" | "idle" | "bytes";
