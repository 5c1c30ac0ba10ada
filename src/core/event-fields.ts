import { FastTsError } from "../errors.ts";
import type { Attributes } from "./event-rest.ts";

/** What a new event is made of; a missing field is `null` (no tags, no attributes). */
export interface EventFields {
  readonly host?: string | null;
  readonly service?: string | null;
  readonly state?: string | null;
  readonly description?: string | null;
  readonly metric?: number | null;
  /** Unix seconds, fractions allowed; finite. */
  readonly time?: number;
  /** Seconds the event stays valid after `time`. */
  readonly ttl?: number | null;
  readonly tags?: readonly string[];
  readonly attributes?: Attributes;
}

/** @throws FastTsError `FTS_STAGE_MISUSE` when `value` is not a finite number. */
export function finiteTime(where: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new FastTsError("FTS_STAGE_MISUSE", `${where}({ time }): must be a finite number of seconds, got ${shown}`);
}
