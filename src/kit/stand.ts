import { Entry } from "./key-levels.ts";

/** Stands in the ring for a key that was used since, or has gone: what it was when the table was cut. */
export class Stand<V> extends Entry<V> {
  readonly of: Entry<V>;
  /** The number of its value, when that was written early. */
  readonly early: number | null;
  /** The one that was made before. */
  readonly last: Stand<V> | null;
  isInRing = true;

  constructor(entry: Entry<V>, early: number | null, last: Stand<V> | null) {
    super(entry.level, Number.NaN, entry.value, entry.number); // no key equals this
    this.of = entry;
    this.until = entry.until;
    this.bytes = entry.bytes;
    this.early = early;
    this.last = last;
  }
}
