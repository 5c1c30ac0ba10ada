import type { AlertRun, OpenAlert } from "../core/alerts-port.ts";
import type { Cut } from "../core/state.ts";

/** A change of an alert, in its stage. */
export interface StageChange {
  readonly name: string;
  readonly alert: OpenAlert;
  /** How many changes the stage has had, with this one. */
  readonly changes: number;
  readonly isOver: boolean;
}

/** Who looks after alerts. */
interface Keeper {
  readonly run: AlertRun;
  /** How many. */
  count: number;
  /** What it saves is about to change. */
  changes(): void;
  adopt(name: string, kept: AlertEntry): void;
  letGo(alert: OpenAlert): void;
  /** Puts it before another one of its run. */
  link(next: Keeper | null): void;
  /** @returns The one behind it. */
  unlink(): Keeper | null;
}

/** An alert, and who looks after it. */
export interface AlertEntry {
  readonly alert: OpenAlert;
  /** How many changes the stage had had when it changed last. */
  changes: number;
  /** Null: its copy has ended, or it is of another process. */
  copy: Keeper | null;
  /** The copy has had an event for it: no other copy of the same run can be meant. */
  isFirm: boolean;
  /** No copy has looked after it since it was loaded. */
  isUnclaimed: boolean;
}

/** The alerts of one stage: what its copies share. */
export class StageAlerts {
  readonly open = new Map<string, AlertEntry>();
  /** How many changes there have been. */
  changes = 0;
  /** How many of the alerts are not firm. */
  loose = 0;
  /** A state that was restored knows of more changes: what is in none is over. */
  isBehind = false;
  readonly #onChange: (change: StageChange) => void;
  /** How many of the alerts no copy looks after. */
  #orphans = 0;
  /** How many changes were known when it was loaded; infinite once a run has begun with it: nobody knows more. */
  #loaded = 0;
  /** The first of the copies of each run that have not ended: they are linked. */
  readonly #live = new Map<AlertRun, Keeper>();
  #newestRun: AlertRun | null = null;
  #isToAdopt = false;
  /** How many changes there had been at the moment of the last cut. */
  #cut: { readonly cut: Cut; readonly changes: number } | null = null;

  constructor(onChange: (change: StageChange) => void) {
    this.#onChange = onChange;
  }

  /** How many have copies that have not ended. */
  get runs(): number {
    return this.#live.size;
  }

  begin(cut: Cut): void {
    this.#cut = { cut, changes: this.changes };
  }

  /** How many changes there had been at the moment of a cut, or until now. */
  changesAt(cut: Cut | null): number {
    return this.#cut !== null && this.#cut.cut === cut ? this.#cut.changes : this.changes;
  }

  load({ name, alert, changes, isOver }: StageChange): void {
    this.changes = Math.max(this.changes, changes);
    this.#loaded = this.changes;
    if (isOver) return;
    this.open.set(name, { alert, changes, copy: null, isFirm: false, isUnclaimed: true });
    this.#orphans++;
    this.loose++;
  }

  /** @param known - How many changes the state knows of that the copy is restored to. */
  join(copy: Keeper, known: number): void {
    const { run } = copy;
    this.changes = Math.max(this.changes, known);
    if (this.#loaded < known) this.isBehind = true;
    const first = this.#live.get(run) ?? null;
    copy.link(first);
    this.#live.set(run, copy);
    this.#newestRun = run;
    if (first === null || this.#orphans > 0) this.#adoptSoon(copy);
  }

  leave(copy: Keeper): void {
    const next = copy.unlink();
    if (this.#live.get(copy.run) !== copy) return;
    if (next === null) this.#live.delete(copy.run);
    else this.#live.set(copy.run, next);
  }

  /** Gives up what a copy looks after, for others to adopt. */
  orphan(copy: Keeper): void {
    for (const kept of this.open.values()) {
      if (kept.copy !== copy) continue;
      kept.copy = null;
      this.firm(kept, false);
      this.#orphans++;
    }
    if (this.#orphans > 0) this.#adoptSoon(copy);
  }

  /** A copy of the newest run adopts, in a later turn, all that no other one of it looks after by then. */
  #adoptSoon({ run }: Keeper): void {
    if (this.#isToAdopt) return;
    this.#isToAdopt = true;
    run.thread.later(() => this.#adopt());
  }

  #adopt(): void {
    this.#isToAdopt = false;
    const heir = this.#newestRun && this.#live.get(this.#newestRun);
    if (!heir) return;
    const left = [...this.open].filter(([, { copy }]) => copy?.run !== heir.run);
    for (const [name, kept] of left.toSorted(([, a], [, b]) => a.changes - b.changes))
      if (this.isOver(kept)) this.forget(name, kept);
      else heir.adopt(name, kept);
    this.#loaded = Number.POSITIVE_INFINITY;
    this.isBehind = false;
  }

  /** It was loaded, and is in no state that knows more. */
  isOver({ isUnclaimed }: AlertEntry): boolean {
    return this.isBehind && isUnclaimed;
  }

  firm(kept: AlertEntry, isFirm: boolean): void {
    if (kept.isFirm !== isFirm) this.loose += isFirm ? -1 : 1;
    kept.isFirm = isFirm;
  }

  move(kept: AlertEntry, copy: Keeper): void {
    if (kept.copy === null) this.#orphans--;
    else kept.copy.letGo(kept.alert);
    kept.copy = copy;
    kept.isUnclaimed = false;
    copy.count++;
  }

  /** Keeps that of a copy under the name. Whoever had one there goes on without. */
  replace(name: string, kept: AlertEntry, copy: Keeper): void {
    const before = this.open.get(name);
    before?.copy?.changes();
    if (before !== undefined) this.#part(before);
    this.open.set(name, kept);
    copy.count++;
    if (!kept.isFirm) this.loose++;
  }

  forget(name: string, kept: AlertEntry): void {
    this.#part(kept);
    this.open.delete(name);
    kept.changes = ++this.changes;
    this.changed(name, kept, true);
  }

  changed(name: string, { alert, changes }: AlertEntry, isOver = false): void {
    this.#onChange({ name, alert, changes, isOver });
  }

  #part({ copy, isFirm }: AlertEntry): void {
    if (copy === null) this.#orphans--;
    else copy.count--;
    if (!isFirm) this.loose--;
  }
}
