import type { Log } from "../core/log.ts";

/** A part of a log that cannot be read. */
export interface Damage {
  /** Name of the file. */
  readonly segment: string;
  readonly why: string;
  /** Where in the file it begins, and how many bytes it has; 0 when they are not there at all. */
  readonly at: number;
  readonly bytes: number;
  /** Items that are lost with it; null when nobody knows. */
  readonly items: number | null;
  /** The file stays, as `*.damaged`. Else it may be what a power cut left of a write, and is overwritten. */
  readonly isKept: boolean;
}

/** @param what - The log, as people call it: "the journal". */
export function logDamage(log: Pick<Log, "warn" | "error">, what: string, dir: string, damage: Damage): void {
  const { isKept, items, ...where } = damage;
  const fields = { dir, ...where, ...(items === null ? {} : { items }) };
  if (isKept) log.error(`a part of ${what} cannot be read: it is set aside`, fields);
  else if (damage.bytes > 0) log.warn(`the end of ${what} is cut off: it was being written`, fields);
  else log.error(`a part of ${what} is missing`, fields);
}
