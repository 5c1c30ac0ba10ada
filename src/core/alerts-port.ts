import type { Event } from "./event.ts";
import type { Cut } from "./state.ts";

/** What is remembered of an alert: plain, for it outlives the run, the worker and the process. Times are Unix seconds. */
export interface OpenAlert {
  /** By which the world outside knows it. */
  readonly key: string;
  readonly since: number;
  /** The last event that did not resolve it. */
  event: Event;
  /** The last event that would resolve it, while it is `hold` seconds that it has to be ok; `null`: it is not ok. */
  ok: Event | null;
  /** For how many seconds it had been ok when this was kept. */
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

/** How an alert that is saved with the state of a copy stands in what is kept. */
export interface AlertStanding {
  /** How many changes its stage had had when it changed last; 0: it is not kept, as another copy has one of its name. */
  readonly changes: number;
  /** The copy has had an event for it. */
  readonly isFirm: boolean;
}

/** What a state knows of the alerts of its stage. */
export type AlertsKnown = {
  /** See {@link AlertJoin}. */
  readonly stage: string;
  /** How many changes there had been. */
  readonly changes: number;
};

/**
 * The open alerts of one stage in all of its copies, as one of them sees them. Names tell them apart. They are kept as they
 * change, while the state is saved now and then: who has seen more changes of the stage knows better what is open.
 */
export interface KeptAlerts {
  /** Whether `take` may find one: an event costs a name only then. */
  readonly canTake: boolean;
  /** At the moment of the cut, or now. */
  known(cut: Cut | null): AlertsKnown;
  /** Has the copy look after an alert of another run, or one of its own that had no event yet; null when there is none. */
  take(name: string): OpenAlert | null;
  standing(name: string, alert: OpenAlert): AlertStanding;
  /**
   * Has the copy look after an alert of the state that it is restored to, before `start` returns.
   *
   * @returns That very alert, or what is kept of it when that is newer; `null`: it is over since.
   */
  resume(name: string, alert: OpenAlert, standing: AlertStanding): OpenAlert | null;
  /** It has begun or changed. */
  save(name: string, alert: OpenAlert): void;
  /** Nothing that matters has changed: what is kept of it gets its last event. */
  refresh(name: string, alert: OpenAlert): void;
  /** It is over. */
  close(name: string): void;
  /** The copy has ended: another one adopts what it looked after, or the next that begins. */
  end(): void;
}

/** What the copies of one run have in common. */
export interface AlertRun {
  readonly thread: {
    /** Calls back in a later turn. */
    later(work: () => void): void;
  };
}

/** A copy of `alert` that starts. */
export interface AlertJoin {
  readonly pipeline: string;
  /** The same for all copies of a stage, over all runs and edits that do not concern it. */
  readonly stage: string;
  readonly run: AlertRun;
  readonly holder: AlertHolder;
  /** What the copy saves is about to change through another one. */
  changes(): void;
  /** What the state knows that it is restored to; `null`: it starts anew. */
  readonly restored: AlertsKnown | null;
}

/** Where open alerts are beyond the run of a pipeline. */
export interface AlertsPort {
  /** In a later turn the copy adopts all that no other of its run looks after by then. */
  join(copy: AlertJoin): KeptAlerts;
  /** The state of the pipeline is being cut. */
  begin(pipeline: string, cut: Cut): void;
}

const NONE: KeptAlerts = {
  canTake: false,
  known: () => ({ stage: "", changes: 0 }),
  take: () => null,
  standing: () => ({ changes: 0, isFirm: true }),
  resume: (_name, alert) => alert,
  save() {},
  refresh() {},
  close() {},
  end() {},
};

/** Nothing outlives the run. */
export const NOTHING_KEPT: AlertsPort = { join: () => NONE, begin() {} };
