import type { AlertJoin, AlertRun, AlertStanding, AlertsKnown, KeptAlerts, OpenAlert } from "../core/alerts-port.ts";
import type { Cut } from "../core/state.ts";
import type { AlertEntry, StageAlerts } from "./stage-alerts.ts";

/** What a live copy of a stage sees of the alerts of all of its copies. */
export class AlertCopy implements KeptAlerts {
  /** How many it looks after. */
  count = 0;
  readonly #all: StageAlerts;
  readonly #at: AlertJoin;
  /** Its neighbours among the copies of its run. */
  #next: AlertCopy | null = null;
  #previous: AlertCopy | null = null;

  constructor(all: StageAlerts, at: AlertJoin) {
    this.#all = all;
    this.#at = at;
    all.join(this, this.#isMoved ? 0 : (at.restored?.changes ?? 0));
  }

  get run(): AlertRun {
    return this.#at.run;
  }

  /** Its state was saved for another stage, which is alike. */
  get #isMoved(): boolean {
    const { stage, restored } = this.#at;
    return restored !== null && restored.stage !== stage;
  }

  link(next: AlertCopy | null): void {
    this.#next = next;
    if (next !== null) next.#previous = this;
  }

  /** @returns The next one. */
  unlink(): AlertCopy | null {
    const [next, previous] = [this.#next, this.#previous];
    if (next !== null) next.#previous = previous;
    if (previous !== null) previous.#next = next;
    return next;
  }

  get canTake(): boolean {
    const { loose, runs, open } = this.#all;
    return loose > 0 || (runs > 1 && open.size > this.count);
  }

  known(cut: Cut | null): AlertsKnown {
    return { stage: this.#at.stage, changes: this.#all.changesAt(cut) };
  }

  changes(): void {
    this.#at.changes();
  }

  take(name: string): OpenAlert | null {
    const kept = this.#all.open.get(name);
    if (kept === undefined || this.#all.isOver(kept)) return null;
    if (kept.isFirm && kept.copy?.run === this.run) return null;
    this.#all.move(kept, this);
    this.#all.firm(kept, true);
    return kept.alert;
  }

  standing(name: string, alert: OpenAlert): AlertStanding {
    const kept = this.#all.open.get(name);
    return kept?.alert === alert ? kept : { changes: 0, isFirm: true };
  }

  resume(name: string, alert: OpenAlert, { changes, isFirm }: AlertStanding): OpenAlert | null {
    const { open, isBehind } = this.#all;
    const kept = open.get(name);
    if (changes === 0 || this.#isMoved || kept?.copy?.run === this.run) return alert;
    if (kept === undefined && !isBehind) return null;
    const isSame = kept?.changes === changes;
    const newer = kept === undefined || isSame || isBehind ? { alert, changes } : kept;
    const resumed = { ...newer, copy: this, isFirm, isUnclaimed: false };
    this.#all.replace(name, resumed, this);
    if (isBehind && !isSame) this.#all.changed(name, resumed);
    return resumed.alert;
  }

  save(name: string, alert: OpenAlert): void {
    const changes = ++this.#all.changes;
    let kept = this.#all.open.get(name);
    if (kept?.alert === alert) {
      kept.changes = changes;
      this.#all.firm(kept, true);
    } else {
      // Copies of a run may have alerts of one name: the last one is kept.
      kept = { alert, changes, copy: this, isFirm: true, isUnclaimed: false };
      this.#all.replace(name, kept, this);
    }
    this.#all.changed(name, kept);
  }

  refresh(name: string, alert: OpenAlert): void {
    const kept = this.#all.open.get(name);
    if (kept?.alert === alert && kept.copy === this) this.#all.changed(name, kept);
  }

  close(name: string): void {
    const kept = this.#all.open.get(name);
    if (kept?.copy === this) this.#all.forget(name, kept);
  }

  end(): void {
    this.#all.leave(this);
    if (this.count > 0) this.#all.orphan(this);
    this.count = 0;
  }

  adopt(name: string, kept: AlertEntry): void {
    this.changes();
    this.#all.move(kept, this);
    this.#all.firm(kept, false);
    this.#at.holder.adopt(name, kept.alert);
  }

  letGo(alert: OpenAlert): void {
    this.changes();
    this.count--;
    this.#at.holder.letGo(alert);
  }
}
