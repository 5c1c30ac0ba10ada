import type { Event } from "./event.ts";

/** What is remembered of an alert: plain, for it outlives the run, the worker and the process. Times are Unix seconds. */
export interface OpenAlert {
  /** By which the world outside knows it. */
  readonly key: string;
  readonly since: number;
  /** The last event that did not resolve it. */
  event: Event;
  /** The last event that would resolve it, while it is `hold` seconds that it has to be ok; `null`: it is not ok. */
  ok: Event | null;
  /** For how many seconds it had been ok when this was saved. */
  okFor: number;
  /** When the last event came for it. */
  seen: number;
  /** Whether anybody was told of it, and with which state last. */
  isTold: boolean;
  severity: string | null;
  toldAt: number;
  /** A silence covers it. */
  isSilenced: boolean;
  isAcknowledged: boolean;
}

/** Who looks after open alerts: a live copy of `alert`. */
export interface AlertHolder {
  /** It looks after this alert from now on: whoever did has ended. */
  adopt(name: string, alert: OpenAlert): void;
  /** Another one does from now on. */
  letGo(alert: OpenAlert): void;
}

/** The open alerts of one stage in all of its copies, as one of them sees them. Names tell them apart. */
export interface KeptAlerts {
  /** Whether `take` may find one: an event costs a name only then. */
  readonly canTake: boolean;
  /** The copy has started: it adopts all that no other of its run looks after. */
  begin(): void;
  /** Has the copy look after an alert of another run, or one of its own that had no event yet; null when there is none. */
  take(name: string): OpenAlert | null;
  /** It has begun or changed. */
  save(name: string, alert: OpenAlert): void;
  /** It is over. */
  close(name: string): void;
  /** The copy has ended: another one adopts what it looked after, or the next that begins. */
  end(): void;
}

/** Where open alerts are beyond the run of a pipeline. */
export interface AlertsPort {
  /**
   * @param stage - The same for all copies of a stage, over all runs and edits that do not concern it.
   * @param run - What the copies of one run have in common.
   */
  join(pipeline: string, stage: string, run: object, holder: AlertHolder): KeptAlerts;
}

/** Nothing outlives the run. */
export const NOTHING_KEPT: AlertsPort = {
  join: () => ({ canTake: false, begin() {}, take: () => null, save() {}, close() {}, end() {} }),
};
