import type { AlertStanding, OpenAlert } from "../core/alerts-port.ts";
import { Event, event } from "../core/event.ts";
import { listOf, misfit, numberOf, type Plain } from "../core/state.ts";
import { Timer } from "../core/timer-queue.ts";
import type { Slot } from "./key-levels.ts";
import type { KeyPath } from "./selector.ts";

/** What is done with alerts. */
export interface AlertWork {
  /** It has been ok for long enough, is to be repeated, or to be looked at. */
  due(life: Life): void;
  /** Silences have begun or ended. */
  review(): void;
}

/** How alerts live. */
export interface AlertRules {
  /** What tells them apart. */
  readonly path: KeyPath;
  /** Makes the key by which the world outside knows it; `undefined`: it is that of the table, behind the pipeline's name. */
  readonly dedup: ((event: Event) => string) | undefined;
  readonly hold: number;
  readonly repeat: number;
  readonly max: number;
  readonly onExpired: "resolve" | "keep" | "trigger";
}

const NO_ALERT: OpenAlert = {
  key: "",
  since: 0,
  event: event({ time: 0 }),
  ok: null,
  okFor: 0,
  seen: 0,
  isTold: false,
  severity: null,
  toldAt: 0,
  isSilenced: false,
  isAcknowledged: false,
};
const NO_STANDING: AlertStanding = { changes: 0, isFirm: true };

/** An alert that a copy of the stage looks after, and its timer; times are those of `clock.elapsed()`. */
export class Life extends Timer {
  /** Set as soon as it is in the table. */
  slot: Slot<Life> | null = null;
  name = "";
  alert = NO_ALERT;
  /** As it was when it was saved with the state that is restored. */
  standing = NO_STANDING;
  /** When it became ok. */
  okAt = 0;
  /** When it was told of last, or a silence kept it from that. */
  toldAt = 0;
  /** When it is looked at, whatever was told. */
  lookAt = Number.POSITIVE_INFINITY;
  /** Its last event is newer than what is kept. */
  isStale = false;
  readonly #work: AlertWork;

  constructor(work: AlertWork) {
    super();
    this.#work = work;
  }

  run(): void {
    this.#work.due(this);
  }

  save({ changes, isFirm }: AlertStanding): Plain {
    const { name, alert, okAt, toldAt, lookAt, isStale, order } = this;
    return [name, { ...alert }, changes, isFirm, okAt, toldAt, lookAt, isStale, order];
  }

  /** Throws when it does not fit. */
  restore(saved: Plain): this {
    const [name, given, changes, isFirm, okAt, toldAt, lookAt, isStale, order] = listOf(saved);
    const alert: unknown = given;
    if (!isOpenAlert(alert)) throw misfit("an alert");
    this.name = String(name);
    this.alert = { ...alert };
    this.standing = { changes: numberOf(changes), isFirm: isFirm === true };
    this.okAt = numberOf(okAt);
    this.toldAt = numberOf(toldAt);
    this.lookAt = numberOf(lookAt);
    this.isStale = isStale === true;
    this.order = numberOf(order);
    return this;
  }
}

export function isOpenAlert(saved: unknown): saved is OpenAlert {
  const { key, toldAt, event }: Partial<OpenAlert> = saved instanceof Object ? saved : {};
  return typeof key === "string" && Number.isFinite(toldAt) && event instanceof Event;
}

/** When something is to be done about it, unless an event comes before: it is over, to be repeated, or to be looked at. */
export function dueAt({ alert, okAt, toldAt, lookAt }: Life, { hold, repeat }: AlertRules): number {
  if (alert.ok !== null) return okAt + hold;
  return Math.min(lookAt, alert.isAcknowledged ? Number.POSITIVE_INFINITY : toldAt + repeat);
}
