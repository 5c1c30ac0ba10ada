import { Event, type EventOrList, weigh } from "../core/event.ts";
import type { Queue } from "../core/queue.ts";

/** What one write gets. */
export interface Batch<Item> {
  readonly items: readonly Item[];
  /** The places that are free once it is written: see `Capacity`. */
  readonly places: number;
  /** How many values end in it. */
  readonly ended: number;
  /** The last value goes on in the next batch. */
  readonly isCut: boolean;
}

/** How values that wait for a back end become the items that it is given. */
export interface BatchForm<Value, Item> {
  /** How many places a value takes. */
  readonly sizeOf: (value: Value) => number;
  /** Takes up to `max` items off the front. */
  readonly next: (waiting: Queue<Value>, max: number) => Batch<Item>;
}

/** Each value is an item. */
export function whole<Value>(sizeOf: (value: Value) => number): BatchForm<Value, Value> {
  return {
    sizeOf,
    next(waiting, max) {
      const items: Value[] = [];
      let places = 0;
      while (items.length < max) {
        const value = waiting.shift();
        if (value === undefined) break;
        items.push(value);
        places += sizeOf(value);
      }
      return { items, places, ended: items.length, isCut: false };
    },
  };
}

/** Each event is an item, those of lists too; a list may be cut. */
export const flat: BatchForm<EventOrList, Event> = {
  sizeOf: placesOf,
  next(waiting, max) {
    const items: Event[] = [];
    let ended = 0;
    while (items.length < max) {
      const value = waiting.shift();
      if (value === undefined) break;
      ended++;
      if (value instanceof Event) items.push(value);
      else if (value.length <= max - items.length) items.push(...value);
      else {
        waiting.unshift(value.slice(max - items.length));
        items.push(...value.slice(0, max - items.length));
        return { items, places: placesOf(items), ended: ended - 1, isCut: true };
      }
    }
    return { items, places: placesOf(items), ended, isCut: false };
  },
};

export function eventCount(value: EventOrList): number {
  return value instanceof Event ? 1 : value.length;
}

/** A longer event takes the room of several. */
const MAX_PLACE_BYTES = 8 * 1024;

/** How many places an event takes, or those of a list. */
export function placesOf(value: EventOrList): number {
  if (value instanceof Event) return Math.ceil(weigh(value) / MAX_PLACE_BYTES);
  let places = 0;
  for (const event of value) places += placesOf(event);
  return places;
}
