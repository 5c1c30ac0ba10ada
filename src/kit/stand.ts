import { Entry, type Level } from "./key-levels.ts";

/** Is in the ring of a table, and no key of it. */
export abstract class Placeholder<V> extends Entry<V> {
  constructor(level: Level<V>, value: V, number: number) {
    super(level, Number.NaN, value, number); // no key equals this
  }
}

/** Where a walk along the ring has come to. */
export class Mark<V> extends Placeholder<V> {
  constructor({ level, value, number }: Entry<V>) {
    super(level, value, number);
  }
}

/** Stands in the ring for a key that was used since, or has gone: what it was when the table was cut. */
export class Stand<V> extends Placeholder<V> {
  readonly of: Entry<V>;
  /** The number of its value, when that was written early. */
  readonly early: number | null;
  /** The one that was made before. */
  readonly last: Stand<V> | null;
  isInRing = true;

  constructor(entry: Entry<V>, early: number | null, last: Stand<V> | null) {
    super(entry.level, entry.value, entry.number);
    this.of = entry;
    this.until = entry.until;
    this.bytes = entry.bytes;
    this.early = early;
    this.last = last;
  }
}
