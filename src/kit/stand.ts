import { Entry } from "./key-levels.ts";

/** Stands in the ring for a key that was used since, or has gone: what it was when the table was cut. */
export class Stand<V> extends Entry<V> {
  /** The number of its value, when that was written early. */
  readonly early: number | null;
  /** The one that was made before. */
  readonly last: Stand<V> | null;
  isInRing = true;

  constructor(entry: Entry<V>, early: number | null, last: Stand<V> | null) {
    super(entry.level, entry.key, entry.value, entry.number);
    this.until = entry.until;
    this.bytes = entry.bytes;
    this.early = early;
    this.last = last;
  }
}
