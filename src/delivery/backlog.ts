import { Queue } from "../core/queue.ts";
import type { Giver, Share } from "../core/target-port.ts";
import type { Batch, BatchLimits } from "./batch.ts";
import type { GivenItem } from "./store.ts";
import type { WaitingAlerts } from "./waiting-alerts.ts";

/** Consecutive items of one giver. An item that stands for several events has a part of its own. */
export interface Part<T> {
  readonly giver: Giver<T>;
  readonly items: T[];
  /** The number of its next item on disk; 0 when it is not there. */
  number: number;
  /** Items before this one are gone. */
  from: number;
  events: number;
  bytes: number;
  /** When its first item came, by `elapsed`: the only notion of age, for `now` may be set. */
  readonly born: number;
}

/** More items in a part would make dropping its oldest dear. */
const MAX_PART_ITEMS = 1024;

/** What waits for a target, the oldest first. It knows no bound: whoever adds to it looks before. */
export class Backlog<T> {
  readonly #parts = new Queue<Part<T>>();
  #last: Part<T> | null = null;
  #items = 0;
  #events = 0;
  #bytes = 0;
  readonly #alerts: WaitingAlerts | null;

  /** @param alerts - Is told of the items that come and go. @default nothing is */
  constructor(alerts: WaitingAlerts | null = null) {
    this.#alerts = alerts;
  }

  get items(): number {
    return this.#items;
  }

  get events(): number {
    return this.#events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest item came, by `elapsed`; null when there is none. */
  get born(): number | null {
    return this.#parts.first?.born ?? null;
  }

  get first(): Part<T> | undefined {
    return this.#parts.first;
  }

  /** @returns The part of the item when it begins one, else null. */
  push(giver: Giver<T>, item: T, events: number, bytes: number, now: number): Part<T> | null {
    const last = this.#last;
    if (last !== null && last.giver === giver && events === 1 && takesMore(last)) {
      last.items.push(item);
      last.events++;
      last.bytes += bytes;
      this.#alerts?.count([item], 1);
      this.#count(1, 1, bytes);
      return null;
    }
    const part = { giver, items: [item], number: 0, from: 0, events, bytes, born: now };
    this.pushPart(part);
    return part;
  }

  pushPart(part: Part<T>): void {
    this.#parts.push(part);
    this.#last = part;
    this.#alerts?.count(part.items.slice(part.from), 1);
    this.#count(lengthOf(part), part.events, part.bytes);
  }

  shiftPart(): Part<T> | undefined {
    const part = this.#parts.shift();
    if (part === undefined) return undefined;
    if (this.#last === part) this.#last = null;
    this.#alerts?.count(part.items.slice(part.from), -1);
    this.#count(-lengthOf(part), -part.events, -part.bytes);
    return part;
  }

  /** Takes all. */
  drain(): Part<T>[] {
    const parts: Part<T>[] = [];
    for (let part = this.shiftPart(); part !== undefined; part = this.shiftPart()) parts.push(part);
    return parts;
  }

  /** Takes the oldest items, as many as a batch holds, but one at least; null when there is none. */
  take(limits: BatchLimits): Batch<T> | null {
    const items: T[] = [];
    const shares: Share<T>[] = [];
    let events = 0;
    let bytes = 0;
    const born = this.born;
    for (let part = this.#parts.first; part !== undefined; part = this.#parts.first) {
      const count = fitting(part, limits.events - events, limits.bytes - bytes, items.length === 0);
      if (count === 0) break;
      const { number } = part;
      const share = this.#cut(part, count, items);
      shares.push({ giver: part.giver, count, events: share.events, number });
      events += share.events;
      bytes += share.bytes;
    }
    return born === null ? null : { items, shares, events, bytes, born, lease: { items: items.length, bytes } };
  }

  /** Gives up the oldest item; null when there is none. */
  dropOldest(): GivenItem<T> | null {
    const part = this.#parts.first;
    if (part === undefined) return null;
    const items: T[] = [];
    this.#cut(part, 1, items);
    const [item] = items;
    return item === undefined ? null : { giver: part.giver, item };
  }

  /** Takes the oldest items of one giver, those that have a number before `end`; undefined when there is none. */
  shiftBefore(end: number): Pick<Part<T>, "giver" | "items"> | undefined {
    const part = this.#parts.first;
    if (part === undefined || part.number === 0 || part.number >= end) return undefined;
    const items: T[] = [];
    this.#cut(part, Math.min(lengthOf(part), end - part.number), items);
    return { giver: part.giver, items };
  }

  /** Moves the part's first `count` items to `into`. */
  #cut(part: Part<T>, count: number, into: T[]): { readonly events: number; readonly bytes: number } {
    const held = lengthOf(part);
    const isAll = count === held;
    this.#alerts?.count(part.items.slice(part.from, part.from + count), -1);
    for (let n = 0; n < count; n++) {
      const item = part.items[part.from + n];
      if (item !== undefined) into.push(item);
    }
    part.from += count;
    if (part.number > 0) part.number += count;
    const events = isAll ? part.events : count;
    const bytes = isAll ? part.bytes : Math.floor((part.bytes * count) / held);
    part.events -= events;
    part.bytes -= bytes;
    this.#count(-count, -events, -bytes);
    if (isAll) {
      this.#parts.shift();
      if (this.#last === part) this.#last = null;
    }
    return { events, bytes };
  }

  #count(items: number, events: number, bytes: number): void {
    this.#items += items;
    this.#events += events;
    this.#bytes += bytes;
  }
}

/** How many items are left in it. */
export function lengthOf<T>({ items, from }: Part<T>): number {
  return items.length - from;
}

/** Whether each of its items is one event, and another may join them: what is on disk does not change any more. */
function takesMore<T>(part: Part<T>): boolean {
  return part.number === 0 && part.events === lengthOf(part) && part.items.length < MAX_PART_ITEMS;
}

/** How many of the part's items fit into what is left of a batch. */
function fitting<T>(part: Part<T>, events: number, bytes: number, isFirst: boolean): number {
  const held = lengthOf(part);
  if (part.events <= events && part.bytes <= bytes) return held;
  const some = part.events === held ? Math.min(events, Math.floor((bytes * held) / Math.max(1, part.bytes)), held) : 0;
  return Math.max(some, isFirst ? 1 : 0);
}
