import type { AlertHolder, KeptAlerts, OpenAlert } from "../core/alerts-port.ts";
import { type Event, weigh } from "../core/event.ts";
import type { Context } from "../core/stage.ts";
import { Episode } from "../core/trouble-episode.ts";
import { type AlertPhase, about, noData } from "./alert-events.ts";
import { type AlertRules, dueAt, type Life } from "./alert-life.ts";
import { KeyedTable } from "./keyed-table.ts";

type AlertContext = Pick<
  Context,
  "clock" | "dropped" | "evicted" | "forgets" | "held" | "log" | "openAlerts" | "silences"
>;

/** What was open before is looked at after this long, unless an event for it comes first: it may be over by now. */
const SETTLE_SECONDS = 60;

/** With its timer. */
const BYTES_PER_ALERT = 600;

/**
 * The alerts that are open: each from the event that triggers it until it resolves. They end for no silence; the one that
 * was heard of longest ago is forgotten when the worker's state takes too many bytes. They are saved when something is
 * told or becomes ok, and at the end; the time of no process counts for `hold`, and that of all for `repeat`.
 */
export class OpenAlerts implements AlertHolder {
  readonly #context: AlertContext;
  readonly #rules: AlertRules;
  /** Gets each event that tells of an alert. */
  readonly #tell: (event: Event) => void;
  readonly #table: KeyedTable<Life | null>;
  readonly #kept: KeptAlerts;
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
        if (life !== null) this.#kept.close(life.name);
        context.evicted(1, "full");
      },
    });
    context.forgets(this.#table);
    this.#kept = context.openAlerts(this);
    this.#kept.begin();
  }

  /** Silences have begun or ended. */
  review(): void {
    for (const life of [...this.#table.walk()]) if (life !== null && life.alert.ok === null) this.#speak(life);
  }

  /** The stage ends: another copy of it goes on. */
  end(): void {
    for (const life of this.#table.walk()) if (life?.isStale || life?.alert.ok) this.#save(life);
    this.#kept.end();
  }

  /** Whether no event can resolve or update any. */
  get isEmpty(): boolean {
    return this.isInitial && !this.#kept.canTake;
  }

  get isInitial(): boolean {
    return this.#table.size === 0;
  }

  adopt(name: string, alert: OpenAlert): void {
    const { clock } = this.#context;
    const { repeat } = this.#rules;
    const now = clock.elapsed();
    const slot = this.#table.at(alert.event);
    if (slot.value !== null) return;
    const silent = Math.min(Math.max(0, clock.now() - alert.toldAt), Math.max(0, repeat - SETTLE_SECONDS));
    const times = { okAt: now - alert.okFor, toldAt: now - silent };
    const life: Life = { name, alert, slot, ...times, isStale: false, cancel: null };
    slot.value = life;
    this.#weigh(life);
    if (alert.ok !== null || (alert.isTold && !alert.isSilenced)) this.#wait(life);
    else life.cancel = clock.after(SETTLE_SECONDS, () => this.#onDue(life));
  }

  letGo(alert: OpenAlert): void {
    const life = this.#table.get(alert.event);
    if (life == null) return;
    life.cancel?.();
    if (alert.ok !== null) alert.okFor = this.#context.clock.elapsed() - life.okAt;
    this.#table.remove(life.slot);
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
    const untold = { isTold: false, severity: null, isSilenced: false, isAcknowledged: false };
    const times = { okFor: 0, toldAt: clock.now(), seen: since };
    const alert: OpenAlert = { key, since, event, ok: null, ...untold, ...times };
    const elapsed = { okAt: 0, toldAt: clock.elapsed() };
    const life: Life = { name: this.#nameOf(event), alert, slot, ...elapsed, isStale: false, cancel: null };
    slot.value = life;
    this.#table.grow(slot, weigh(event));
    if (!this.#speak(life)) this.#silence(life);
  }

  /** An event that does not resolve its alert; false when there is none. A new state is told. */
  update(event: Event): boolean {
    const life = this.#lifeOf(event);
    if (life === null) return false;
    life.alert.seen = this.#context.clock.timeOf(event);
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
    if (isNew) life.okAt = this.#context.clock.elapsed();
    alert.ok = event;
    this.#weigh(life);
    if (!isNew) return;
    this.#save(life);
    this.#wait(life);
  }

  /** Someone looks after the alert: it is told once, and no longer repeated. */
  acknowledge(event: Event): void {
    const life = this.#lifeOf(event);
    if (life === null || life.alert.isAcknowledged) return;
    life.alert.isAcknowledged = true;
    if (life.alert.isTold) this.#told(life, "acknowledge", event);
    else this.#save(life);
  }

  /** Nothing more is known: `event` has the state `expired`. */
  expire(event: Event): void {
    const { onExpired } = this.#rules;
    const life = this.#lifeOf(event);
    const silent = event.with({ description: noData(life?.alert ?? null) });
    if (onExpired === "trigger") return life === null ? this.trigger(silent) : this.#goesOn(life, silent);
    if (life === null) return;
    if (onExpired === "resolve") return this.#close(life, silent);
    this.#goesOn(life, life.alert.event.with({ description: silent.description }));
  }

  #lifeOf(event: Event): Life | null {
    const life = this.#table.size === 0 ? null : (this.#table.get(event) ?? null);
    if (life !== null || !this.#kept.canTake) return life;
    const name = this.#nameOf(event);
    const alert = this.#kept.take(name);
    if (alert === null) return null;
    this.adopt(name, alert);
    return this.#table.get(event) ?? null;
  }

  #nameOf(event: Event): string {
    const { above, key } = this.#rules.path;
    return JSON.stringify([...above.map((part) => part(event)), key(event)]);
  }

  #goesOn(life: Life, event: Event): void {
    const { alert } = life;
    const isOther = alert.event.state !== event.state;
    const wasOk = alert.ok !== null;
    alert.event = event;
    alert.ok = null;
    life.isStale = true;
    this.#weigh(life);
    if (this.#speak(life)) return;
    if (alert.isSilenced && isOther) this.#silence(life);
    else if (wasOk) {
      this.#save(life);
      this.#wait(life);
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
    life.alert.toldAt = clock.now();
    this.#save(life);
    this.#wait(life);
  }

  #repeat(life: Life): void {
    this.#told(life, "repeat", life.alert.event.with({ time: this.#context.clock.now() }));
  }

  #close(life: Life, event: Event): void {
    const { isTold, key, since } = life.alert;
    // Also in a silence: who was told that it began is waiting for this.
    if (isTold) this.#tell(about(event, "resolve", key, since));
    life.cancel?.();
    this.#table.remove(life.slot);
    this.#kept.close(life.name);
  }

  #save(life: Life): void {
    const { alert, name, okAt } = life;
    alert.okFor = alert.ok === null ? 0 : this.#context.clock.elapsed() - okAt;
    life.isStale = false;
    this.#kept.save(name, alert);
  }

  /** Until it has been ok for long enough, or is to be repeated. */
  #wait(life: Life): void {
    life.cancel?.();
    const { clock } = this.#context;
    const due = dueAt(life, this.#rules) - clock.elapsed();
    life.cancel = clock.after(Math.max(0, due), () => this.#onDue(life));
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
