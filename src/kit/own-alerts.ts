import type { AlertHolder, AlertsKnown, KeptAlerts, OpenAlert } from "../core/alerts-port.ts";
import { type Event, weigh } from "../core/event.ts";
import type { Context } from "../core/stage.ts";
import { type Cut, listOf, numberOf, type Plain, type Savable } from "../core/state.ts";
import { type AlertRules, type AlertWork, dueAt, Life } from "./alert-life.ts";
import { AlertTimers } from "./alert-timers.ts";
import type { Slot } from "./key-levels.ts";
import { KeyedTable } from "./keyed-table.ts";

/** What was open before is looked at after this long, unless an event for it comes first: it may be over by now. */
const SETTLE_SECONDS = 60;

/** With its timer. */
const BYTES_PER_ALERT = 600;

/**
 * The alerts that a copy of the stage looks after. They are part of its state, and kept beyond it when that matters: what
 * is newer counts. The time of no process counts for `hold`, and that of all for `repeat`.
 */
export class OwnAlerts implements AlertHolder, Savable {
  readonly timers: AlertTimers;
  readonly #context: Context;
  readonly #rules: AlertRules;
  readonly #work: AlertWork;
  readonly #kept: KeptAlerts;
  /** Made when it is needed, as there may be a copy of the stage a key, and few have alerts. */
  #table: KeyedTable<Life> | null = null;
  #restored: AlertsKnown | null = null;

  constructor(context: Context, rules: AlertRules, work: AlertWork) {
    this.#context = context;
    this.#rules = rules;
    this.#work = work;
    this.timers = new AlertTimers(context, work);
    context.keeps(this);
    this.#kept = context.openAlerts(this, this.#restored);
    for (const life of this.all()) this.#resume(life);
    this.timers.arm();
  }

  /** At once: timers and silences change alerts without a look at the table. */
  save(cut: Cut | null): Plain {
    const { stage, changes } = this.#kept.known(cut);
    return [stage, changes, this.#table?.save(null) ?? null];
  }

  restore(saved: Plain): void {
    const [stage, changes, alerts = null] = listOf(saved);
    this.#restored = { stage: String(stage), changes: numberOf(changes) };
    if (alerts !== null) this.#ensureTable().restore(alerts);
  }

  #ensureTable(): KeyedTable<Life> {
    if (this.#table !== null) return this.#table;
    const { held, forgets, evicted } = this.#context;
    const create = (): Life => new Life(this.#work);
    const table = new KeyedTable<Life>({
      ...this.#rules.path,
      max: Number.POSITIVE_INFINITY,
      ttl: 1, // it is never swept
      create,
      onSlot,
      values: {
        save: (life) => life.save(this.#kept.standing(life.name, life.alert)),
        restore: (saved) => create().restore(saved),
      },
      bytesPerKey: BYTES_PER_ALERT,
      onHeld: held,
      onEvict: (life) => {
        this.timers.cancel(life);
        this.#kept.close(life.name);
        evicted(1, "full");
      },
    });
    forgets(table);
    this.#table = table;
    return table;
  }

  get size(): number {
    return this.#table?.size ?? 0;
  }

  /** Whether no event can be for any. */
  get isEmpty(): boolean {
    return this.size === 0 && !this.#kept.canTake;
  }

  all(): Life[] {
    return [...(this.#table?.walk() ?? [])];
  }

  /** That of an event, which is the one heard of last then. */
  of(event: Event): Life | null {
    const table = this.#table;
    if (table !== null && table.size > 0 && table.get(event) !== undefined) return table.at(event).value;
    if (!this.#kept.canTake) return null;
    const name = this.#nameOf(event);
    const alert = this.#kept.take(name);
    if (alert === null) return null;
    this.adopt(name, alert);
    return this.#table?.get(event) ?? null;
  }

  /** One that there was not, which nobody was told of. */
  begin(event: Event, key: string, since: number): Life {
    const { clock } = this.#context;
    const life = this.#ensureTable().at(event).value;
    life.name = this.#nameOf(event);
    life.alert = { ...life.alert, key, since, event, seen: since, toldAt: clock.now() };
    life.toldAt = clock.elapsed();
    this.weigh(life);
    return life;
  }

  /** Has it outlive the process as it is. */
  keep(life: Life): void {
    this.#kept.save(life.name, this.#upToDate(life));
  }

  /** Until it has been ok for long enough, or is to be repeated. */
  wait(life: Life): void {
    this.timers.plan(life, dueAt(life, this.#rules));
  }

  /** It takes as much as its events. */
  weigh({ alert: { event, ok }, slot }: Life): void {
    if (slot === null) return;
    const more = weigh(event) + (ok === null ? 0 : weigh(ok)) - slot.bytes;
    if (more !== 0) this.#table?.grow(slot, more);
  }

  /** It is over. */
  close(life: Life): void {
    this.#remove(life);
    this.#kept.close(life.name);
  }

  /** The stage ends: another copy of it goes on. */
  end(): void {
    for (const life of this.all())
      if (life.isStale || life.alert.ok !== null) this.#kept.refresh(life.name, this.#upToDate(life));
    this.#kept.end();
  }

  adopt(name: string, alert: OpenAlert): void {
    const table = this.#ensureTable();
    if (table.get(alert.event) !== undefined) return;
    const life = table.at(alert.event).value;
    life.name = name;
    this.#takeUp(life, alert);
  }

  letGo(alert: OpenAlert): void {
    const life = this.#table?.get(alert.event);
    if (life?.alert !== alert) return;
    this.#upToDate(life);
    this.#remove(life);
  }

  /** Goes on with an alert that was restored, unless something newer is kept. */
  #resume(life: Life): void {
    const { name, alert, standing, toldAt, order } = life;
    const newest = this.#kept.resume(name, alert, standing);
    if (newest === null) return this.#remove(life);
    if (newest !== alert) return this.#takeUp(life, newest);
    const { clock, away } = this.#context;
    const settled = clock.elapsed() + SETTLE_SECONDS;
    life.toldAt = Math.max(toldAt - away, Math.min(toldAt, settled - this.#rules.repeat));
    if (isUnsettled(alert)) life.lookAt = Math.min(life.lookAt, settled);
    this.timers.planAgain(life, dueAt(life, this.#rules), order);
  }

  /** Goes on with an alert as it is kept. */
  #takeUp(life: Life, alert: OpenAlert): void {
    const { clock } = this.#context;
    const now = clock.elapsed();
    const silent = Math.min(clock.now() - alert.toldAt, this.#rules.repeat - SETTLE_SECONDS);
    life.alert = alert;
    life.okAt = now - alert.okFor;
    life.toldAt = now - Math.max(0, silent);
    life.lookAt = isUnsettled(alert) ? now + SETTLE_SECONDS : Number.POSITIVE_INFINITY;
    life.isStale = false;
    this.weigh(life);
    this.wait(life);
  }

  #nameOf(event: Event): string {
    const { above, key } = this.#rules.path;
    return JSON.stringify([...above.map((part) => part(event)), key(event)]);
  }

  #remove(life: Life): void {
    this.timers.cancel(life);
    if (life.slot !== null) this.#table?.remove(life.slot);
  }

  /** The alert, as it is to be kept. */
  #upToDate(life: Life): OpenAlert {
    const { alert, okAt } = life;
    alert.okFor = alert.ok === null ? 0 : this.#context.clock.elapsed() - okAt;
    life.isStale = false;
    return alert;
  }
}

/** It is not known whether what is to be told of it was. */
function isUnsettled({ ok, isTold, isSilenced }: OpenAlert): boolean {
  return ok === null && (!isTold || isSilenced);
}

function onSlot(slot: Slot<Life>): void {
  slot.value.slot = slot;
}
