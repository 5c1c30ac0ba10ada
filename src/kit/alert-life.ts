import type { OpenAlert } from "../core/alerts-port.ts";
import type { Cancel } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { Slot } from "./key-levels.ts";
import type { KeyPath } from "./selector.ts";

/** How alerts live. */
export interface AlertRules {
  /** What tells them apart. */
  readonly path: KeyPath;
  readonly keyOf: (event: Event) => string;
  readonly hold: number;
  readonly repeat: number;
  readonly max: number;
  readonly onExpired: "resolve" | "keep" | "trigger";
}

/** An alert that a copy of the stage looks after; times are those of `clock.elapsed()`. */
export interface Life {
  readonly name: string;
  readonly alert: OpenAlert;
  readonly slot: Slot<Life | null>;
  /** When it became ok. */
  okAt: number;
  /** When it was told of last, or a silence kept it from that. */
  toldAt: number;
  /** Its last event is newer than what was saved. */
  isStale: boolean;
  cancel: Cancel | null;
}

/** When something is to be done about it, unless an event comes before: it is over, or to be repeated. */
export function dueAt({ alert: { ok, isAcknowledged }, okAt, toldAt }: Life, { hold, repeat }: AlertRules): number {
  if (ok !== null) return okAt + hold;
  return isAcknowledged ? Number.POSITIVE_INFINITY : toldAt + repeat;
}
