import type { Clock } from "../core/clock.ts";
import type { Entry } from "../state/entry.ts";
import { lengthOf, type Part } from "./backlog.ts";
import type { ItemCodec } from "./item-codec.ts";
import type { Leases } from "./leases.ts";
import { encodeItems } from "./spill-entry.ts";
import type { SpillGivers } from "./spill-givers.ts";
import { SpillTimes } from "./spill-times.ts";

const MIN_PRUNED_PARTS = 1024;

/** The parts whose items have no number yet: they are not on disk. */
export class FreshItems<T> {
  readonly #codec: ItemCodec;
  readonly #givers: SpillGivers<T>;
  readonly times: SpillTimes;
  #parts: Part<T>[] = [];
  #pruneAt = MIN_PRUNED_PARTS;

  constructor(codec: ItemCodec, givers: SpillGivers<T>, clock: Clock) {
    this.#codec = codec;
    this.#givers = givers;
    this.times = new SpillTimes(clock);
  }

  get items(): number {
    return this.#parts.reduce((sum, part) => sum + lengthOf(part), 0);
  }

  get bytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether all of them came after that. */
  isLater(than: number): boolean {
    return this.#parts.every((part) => lengthOf(part) === 0 || part.born > than);
  }

  /** Parts whose items have gone while the disk took nothing are forgotten. */
  add(part: Part<T>): void {
    this.#parts.push(part);
    if (this.#parts.length < this.#pruneAt) return;
    this.#parts = this.#parts.filter((one) => lengthOf(one) > 0);
    this.#pruneAt = Math.max(MIN_PRUNED_PARTS, 2 * this.#parts.length);
  }

  /**
   * Gives a number to what has none, also to what was taken out meanwhile, the oldest first. A part is as old as its first
   * item.
   *
   * @param until - What came later, by `elapsed`, has none yet.
   * @param maxBytes - Of an entry with several items.
   */
  number(next: number, until: number, leases: Leases<T>, maxBytes: number): Entry[] {
    const entries: Entry[] = [];
    this.times.wrote(next);
    for (const { items, shares, born, bytes, events } of leases.batches) {
      if (born > until) return entries;
      let from = 0;
      for (const share of shares) {
        const end = from + share.count;
        if (share.number === 0) {
          const weight = Math.ceil((bytes * share.events) / Math.max(1, events));
          const came = this.times.cameOf(born);
          const spilled = { items: items.slice(from, end), events: share.events, bytes: weight, born: came };
          entries.push(...encodeItems(this.#codec, this.#givers.numberOf(share.giver), spilled, maxBytes));
          share.number = next;
          next += share.count;
        }
        from = end;
      }
    }
    const later = this.#parts.findIndex((part) => lengthOf(part) > 0 && part.born > until);
    for (const part of this.#parts.splice(0, later < 0 ? this.#parts.length : later)) {
      if (lengthOf(part) === 0) continue;
      const items = part.from === 0 ? part.items : part.items.slice(part.from);
      const spilled = { ...part, items, born: this.times.cameOf(part.born) };
      entries.push(...encodeItems(this.#codec, this.#givers.numberOf(part.giver), spilled, maxBytes));
      part.number = next;
      next += items.length;
    }
    return entries;
  }
}
