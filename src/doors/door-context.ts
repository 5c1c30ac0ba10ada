import type { Clock } from "../core/clock.ts";
import type { Admission } from "../ingest/admission.ts";
import type { QueryLimiter } from "../ingest/query-limiter.ts";
import type { DoorCounts } from "../ingest/report.ts";
import type { AddressFilter } from "./address-filter.ts";

/** What all connections of a door share. */
export interface DoorContext {
  /** The door's. */
  readonly name: string;
  readonly admission: Admission;
  readonly queryLimiter: QueryLimiter;
  /** Who may ask queries. */
  readonly allowQueries: AddressFilter;
  readonly counts: DoorCounts;
  /** Longest message, bytes. */
  readonly maxFrame: number;
  readonly clock: Clock;
}
