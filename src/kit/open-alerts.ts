import type { Cancel } from "../core/clock.ts";
import { type Event, weigh } from "../core/event.ts";
import { isoTime } from "../core/iso-time.ts";
import type { Context } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import type { Slot } from "./key-levels.ts";
import { KeyedTable } from "./keyed-table.ts";
import type { KeyPath } from "./selector.ts";

/** What an event tells of its alert. */
export type AlertPhase = "trigger" | "update" | "repeat" | "acknowledge" | "resolve";

/** What is remembered of an alert: plain, for it is to outlive the run. */
export interface OpenAlert {
  readonly key: string;
  /** Unix seconds. */
  readonly since: number;
  /** The last event that did not resolve it. */
  event: Event;
  /** The last event that would resolve it, while it is `hold` seconds that it has to be ok; `null`: it is not ok. */
  ok: Event | null;
  /** Unix seconds of the last event that came for it. */
  seen: number;
  /** Whether anybody was told of it, and with which state last. */
  isTold: boolean;
  severity: string | null;
  /** A silence covers it. */
  isSilenced: boolean;
  isAcknowledged: boolean;
  /** When it became ok, and when it was told of last; of `clock.elapsed()`. */
  okAt: number;
  toldAt: number;
}

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

interface Life {
  readonly alert: OpenAlert;
  readonly slot: Slot<Life | null>;
  cancel: Cancel | null;
}

type AlertContext = Pick<Context, "clock" | "dropped" | "evicted" | "forgets" | "held" | "log" | "silences">;

/** With its timer. */
const BYTES_PER_ALERT = 600;

/**
 * The alerts that are open: each from the event that triggers it until it resolves. They end for no silence; the one that
 * was heard of longest ago is forgotten when the worker's state takes too many bytes.
 */
export class OpenAlerts {
  readonly #context: AlertContext;
  readonly #rules: AlertRules;
  /** Gets each event that tells of an alert. */
  readonly #tell: (event: Event) => void;
  readonly #table: KeyedTable<Life | null>;
  readonly #tooMany = new Episode();

  constructor(context: AlertContext, rules: AlertRules, tell: (event: Event) => void) {
    this.#context = context;
    this.#rules = rules;
    this.#tell = tell;
    this.#table = new KeyedTable<Life | null>({
      ...rules.path,
      max: Number.POSITIVE_INFINITY,
      ttl: 1, // it is never swept
      create: () => null,
      bytesPerKey: BYTES_PER_ALERT,
      onHeld: context.held,
      onEvict: (life) => {
        life?.cancel?.();
        context.evicted(1, "full");
      },
    });
    context.forgets(this.#table);
  }

  /** Silences have begun or ended. */
  review(): void {
    for (const life of [...this.#table.walk()]) if (life !== null && life.alert.ok === null) this.#speak(life);
  }

  get size(): number {
    return this.#table.size;
  }

  /** An event that triggers an alert, or says that it goes on. */
  trigger(event: Event): void {
    if (this.update(event)) return;
    const { clock } = this.#context;
    const since = clock.timeOf(event);
    const key = this.#rules.keyOf(event);
    if (this.#table.size >= this.#rules.max) {
      this.#context.evicted(1, "full");
      this.#tooMany.trouble(this.#context, 1, "too many open alerts: further ones are told of with every event", {
        max: this.#rules.max,
      });
      return this.#tell(about(event, "trigger", key, since));
    }
    this.#tooMany.success(this.#context);
    const slot = this.#table.at(event);
    const times = { okAt: 0, toldAt: clock.elapsed(), seen: since };
    const untold = { isTold: false, severity: null, isSilenced: false, isAcknowledged: false };
    const life: Life = { alert: { key, since, event, ok: null, ...untold, ...times }, slot, cancel: null };
    slot.value = life;
    this.#table.grow(slot, weigh(event));
    if (!this.#speak(life)) this.#silence(life);
  }

  /** An event that does not resolve its alert; false when there is none. A new state is told. */
  update(event: Event): boolean {
    const life = this.#lifeOf(event);
    if (life === null) return false;
    const { alert } = life;
    alert.seen = this.#context.clock.timeOf(event);
    this.#goesOn(life, event);
    return true;
  }

  /** An event that resolves its alert, when there is one, at once or when `hold` is over. */
  resolve(event: Event): void {
    const life = this.#lifeOf(event);
    if (life === null) return;
    if (this.#rules.hold === 0) return this.#close(life, event);
    const { alert } = life;
    alert.seen = this.#context.clock.timeOf(event);
    const isNew = alert.ok === null;
    if (isNew) alert.okAt = this.#context.clock.elapsed();
    alert.ok = event;
    this.#weigh(life);
    if (isNew) this.#wait(life);
  }

  /** Someone looks after the alert: it is told once, and no longer repeated. */
  acknowledge(event: Event): void {
    const life = this.#lifeOf(event);
    if (life === null || life.alert.isAcknowledged) return;
    life.alert.isAcknowledged = true;
    if (life.alert.isTold) this.#told(life, "acknowledge", event);
  }

  /** Nothing more is known: `event` has the state `expired`. */
  expire(event: Event): void {
    const { onExpired } = this.#rules;
    const life = this.#lifeOf(event);
    const silent = event.with({ description: silence(life?.alert ?? null) });
    if (onExpired === "trigger") return life === null ? this.trigger(silent) : this.#goesOn(life, silent);
    if (life === null) return;
    if (onExpired === "resolve") return this.#close(life, silent);
    this.#goesOn(life, life.alert.event.with({ description: silent.description }));
  }

  #lifeOf(event: Event): Life | null {
    return this.#table.size === 0 ? null : (this.#table.get(event) ?? null);
  }

  #goesOn(life: Life, event: Event): void {
    const { alert } = life;
    const isOther = alert.event.state !== event.state;
    const wasOk = alert.ok !== null;
    alert.event = event;
    alert.ok = null;
    this.#weigh(life);
    if (this.#speak(life)) return;
    if (alert.isSilenced && isOther) this.#silence(life);
    else if (wasOk) this.#wait(life);
  }

  /** Tells what is not known yet, unless a silence covers it; also what went on in a silence that is over. */
  #speak(life: Life): boolean {
    const { alert } = life;
    const wasSilenced = alert.isSilenced;
    alert.isSilenced = this.#context.silences.covers(alert.event);
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
    life.alert.toldAt = this.#context.clock.elapsed();
    this.#wait(life);
  }

  #told(life: Life, phase: AlertPhase, event: Event): void {
    const { alert } = life;
    if (phase !== "acknowledge") alert.severity = event.state;
    alert.isTold = true;
    alert.toldAt = this.#context.clock.elapsed();
    this.#wait(life);
    this.#tell(about(event, phase, alert.key, alert.since));
  }

  #repeat(life: Life): void {
    this.#told(life, "repeat", life.alert.event.with({ time: this.#context.clock.now() }));
  }

  #close(life: Life, event: Event): void {
    life.cancel?.();
    this.#table.remove(life.slot);
    const { isTold, key, since } = life.alert;
    // Also in a silence: who was told that it began is waiting for this.
    if (isTold) this.#tell(about(event, "resolve", key, since));
  }

  /** Until it has been ok for long enough, or is to be repeated. */
  #wait(life: Life): void {
    life.cancel?.();
    const { alert } = life;
    const { clock } = this.#context;
    const due = this.#due(alert) - clock.elapsed();
    life.cancel = clock.after(Math.max(0, due), () => this.#onDue(life));
  }

  #due({ ok, okAt, toldAt, isAcknowledged }: OpenAlert): number {
    if (ok !== null) return okAt + this.#rules.hold;
    return isAcknowledged ? Number.POSITIVE_INFINITY : toldAt + this.#rules.repeat;
  }

  #onDue(life: Life): void {
    const { ok } = life.alert;
    if (ok !== null) return this.#close(life, ok);
    if (this.#speak(life)) return;
    if (life.alert.isSilenced) this.#silence(life);
    else this.#repeat(life);
  }

  #weigh({ alert: { event, ok }, slot }: Life): void {
    const more = weigh(event) + (ok === null ? 0 : weigh(ok)) - slot.bytes;
    if (more !== 0) this.#table.grow(slot, more);
  }
}

/** What stages and sinks know the alert by. */
function about(event: Event, phase: AlertPhase, key: string, since: number): Event {
  const known = { "alert phase": phase, "alert key": key, "alert since": String(since) };
  return event.with({ attributes: { ...event.attributes, ...known } });
}

function silence(alert: OpenAlert | null): string {
  const since = alert === null ? "" : ` since ${isoTime(alert.seen)}`;
  return `no data${since}, not known to be ok`;
}
