/** Why a stage dropped an event; each reason is a column of the ledger. */
export const DROP_REASONS = ["late", "overflow", "failed", "refused", "evicted", "silenced", "merged"] as const;
/**
 * `late`: it came after its window had closed. `overflow`: there was no room for it. `failed`: the back end could not
 * be reached, or broke. `refused`: the back end will never take it, or it was reinjected too often. `evicted`: its key
 * made room for others. `silenced`: a silence matches it. `merged`: a later one says the same.
 */
export type DropReason = (typeof DROP_REASONS)[number];

/** Why a stage forgot a key; each reason is a column of the ledger. */
export const EVICTION_REASONS = ["full", "idle"] as const;
/** `full`: it made room for a new one. `idle`: it had no event for too long. */
export type EvictionReason = (typeof EVICTION_REASONS)[number];

/** A stage's own log lines; the engine adds pipeline and stage. One line per episode of trouble, not per event. */
export interface StageLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}
