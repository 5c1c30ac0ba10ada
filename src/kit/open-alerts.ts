import type { Event } from "../core/event.ts";
import { type Context, show } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import { FastTsError } from "../errors.ts";
import { type AlertPhase, about, noData } from "./alert-events.ts";
import type { AlertRules, AlertWork, Life } from "./alert-life.ts";
import { OwnAlerts } from "./own-alerts.ts";

/**
 * The alerts that are open: each from the event that triggers it until it resolves. They end for no silence; the one that
 * was heard of longest ago is forgotten when the worker's state takes too many bytes. They are kept when something is
 * told or becomes ok, and at the end.
 */
export class OpenAlerts implements AlertWork {
  readonly #context: Context;
  readonly #rules: AlertRules;
  /** Gets each event that tells of an alert. */
  readonly #tell: (event: Event) => void;
  readonly #own: OwnAlerts;
  readonly #tooMany = new Episode();

  constructor(context: Context, rules: AlertRules, tell: (event: Event) => void) {
    this.#context = context;
    this.#rules = rules;
    this.#tell = tell;
    this.#own = new OwnAlerts(context, rules, this);
  }

  /** Silences have begun or ended. */
  reviewSoon(): void {
    this.#own.timers.reviewSoon();
  }

  /** The stage ends: another copy of it goes on. */
  end(): void {
    this.#own.end();
  }

  /** Whether no event can resolve or update any. */
  get isEmpty(): boolean {
    return this.#own.isEmpty;
  }

  get isInitial(): boolean {
    return this.#own.size === 0;
  }

  due(life: Life): void {
    const { ok } = life.alert;
    if (ok !== null) return this.#close(life, ok);
    if (this.#speak(life)) return;
    if (life.alert.isSilenced) this.#silence(life);
    else this.#repeat(life);
  }

  review(): void {
    for (const life of this.#own.all()) if (life.alert.ok === null) this.#speak(life);
  }

  /** An event that triggers an alert, or says that it goes on. */
  trigger(event: Event): void {
    if (this.update(event)) return;
    const since = this.#context.clock.timeOf(event);
    const key = this.#keyOf(event);
    if (this.#own.size >= this.#rules.max) {
      this.#context.evicted(1, "full");
      this.#tooMany.trouble(this.#context, 1, "too many open alerts: further ones are told of with every event", {
        max: this.#rules.max,
      });
      return this.#tell(about(event, "trigger", key, since));
    }
    this.#tooMany.success(this.#context);
    const life = this.#own.begin(event, key, since);
    if (!this.#speak(life)) this.#silence(life);
  }

  /** An event that does not resolve its alert; false when there is none. A new state is told. */
  update(event: Event): boolean {
    const life = this.#own.of(event);
    if (life === null) return false;
    life.alert.seen = this.#context.clock.timeOf(event);
    this.#goesOn(life, event);
    return true;
  }

  /** An event that resolves its alert, when there is one, at once or when `hold` is over. */
  resolve(event: Event): void {
    const life = this.#own.of(event);
    if (life === null) return;
    if (this.#rules.hold === 0) return this.#close(life, event);
    const { alert } = life;
    alert.seen = this.#context.clock.timeOf(event);
    const isNew = alert.ok === null;
    if (isNew) life.okAt = this.#context.clock.elapsed();
    alert.ok = event;
    this.#own.weigh(life);
    if (!isNew) return;
    this.#own.keep(life);
    this.#own.wait(life);
  }

  /** Someone looks after the alert: it is told once, and no longer repeated. */
  acknowledge(event: Event): void {
    const life = this.#own.of(event);
    if (life === null || life.alert.isAcknowledged) return;
    life.alert.isAcknowledged = true;
    if (life.alert.isTold) this.#told(life, "acknowledge", event);
    else this.#own.keep(life);
  }

  /** Nothing more is known: `event` has the state `expired`. */
  expire(event: Event): void {
    const { onExpired } = this.#rules;
    const life = this.#own.of(event);
    const silent = event.with({ description: noData(life?.alert ?? null) });
    if (onExpired === "trigger") return life === null ? this.trigger(silent) : this.#goesOn(life, silent);
    if (life === null) return;
    if (onExpired === "resolve") return this.#close(life, silent);
    this.#goesOn(life, life.alert.event.with({ description: silent.description }));
  }

  #keyOf(event: Event): string {
    const { dedup, path } = this.#rules;
    if (dedup !== undefined) return aKey(dedup(event));
    return [this.#context.pipeline, ...path.above.map((part) => part(event)), path.key(event)].join("/");
  }

  #goesOn(life: Life, event: Event): void {
    const { alert } = life;
    const isOther = alert.event.state !== event.state;
    const wasOk = alert.ok !== null;
    alert.event = event;
    alert.ok = null;
    life.isStale = true;
    this.#own.weigh(life);
    if (this.#speak(life)) return;
    if (alert.isSilenced && isOther) this.#silence(life);
    else if (wasOk) {
      this.#own.keep(life);
      this.#own.wait(life);
    }
  }

  /** Tells what is not known yet, unless a silence covers it; also what went on in a silence that is over. */
  #speak(life: Life): boolean {
    const { alert } = life;
    const wasSilenced = alert.isSilenced;
    alert.isSilenced = this.#context.silences.covers(alert.event);
    if (alert.isSilenced !== wasSilenced) life.isStale = true;
    if (alert.isSilenced) return false;
    if (!alert.isTold) this.#told(life, "trigger", alert.event);
    else if (alert.event.state !== alert.severity) this.#told(life, "update", alert.event);
    else if (wasSilenced && !alert.isAcknowledged) this.#repeat(life);
    else return false;
    return true;
  }

  /** What would have been told is not. */
  #silence(life: Life): void {
    this.#context.dropped(1, "silenced");
    this.#spoke(life);
  }

  /** A throw below leaves it untold: its next run tells of it. */
  #told(life: Life, phase: AlertPhase, event: Event): void {
    const { alert } = life;
    this.#tell(about(event, phase, alert.key, alert.since));
    if (phase !== "acknowledge") alert.severity = event.state;
    alert.isTold = true;
    this.#spoke(life);
  }

  #spoke(life: Life): void {
    const { clock } = this.#context;
    life.toldAt = clock.elapsed();
    life.lookAt = Number.POSITIVE_INFINITY;
    life.alert.toldAt = clock.now();
    this.#own.keep(life);
    this.#own.wait(life);
  }

  #repeat(life: Life): void {
    this.#told(life, "repeat", life.alert.event.with({ time: this.#context.clock.now() }));
  }

  #close(life: Life, event: Event): void {
    const { isTold, key, since } = life.alert;
    // Also in a silence: who was told that it began is waiting for this.
    if (isTold) this.#tell(about(event, "resolve", key, since));
    this.#own.close(life);
  }
}

/** The functions of route files return anything. */
function aKey(given: unknown): string {
  if (typeof given === "string") return given;
  throw new FastTsError("FTS_STAGE_MISUSE", `alert(dedup): the function must give a string, got ${show(given)}`);
}
