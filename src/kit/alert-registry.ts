import type { AlertHolder, AlertsPort, KeptAlerts, OpenAlert } from "../core/alerts-port.ts";

/** An alert and where it belongs; without one, it is over. */
export interface AlertChange {
  readonly pipeline: string;
  readonly stage: string;
  readonly name: string;
  readonly alert: OpenAlert | null;
}

interface Kept {
  readonly alert: OpenAlert;
  /** Null: its run has ended, or it is of another process. */
  copy: Copy | null;
  /** The copy has had an event for it: no other copy of the same run can be meant. */
  isFirm: boolean;
}

/** The alerts of one stage: what its copies share. */
interface Shared {
  readonly open: Map<string, Kept>;
  /** How many copies of each run have not ended. */
  readonly live: Map<object, number>;
  /** The first copy of the newest run: it adopts what those of other runs leave. */
  heir: Copy | null;
  /** How many of the alerts no copy looks after. */
  orphans: number;
  /** How many of them are not firm. */
  loose: number;
  changed(name: string): void;
}

/**
 * The open alerts of a thread's pipelines. They belong to their stage, and each copy of it looks after some: a run that
 * ends leaves them to the next.
 */
export class AlertRegistry implements AlertsPort {
  readonly #onChange: (change: AlertChange) => void;
  /** By pipeline and stage. */
  readonly #pipelines = new Map<string, Map<string, Shared>>();

  /** @param onChange - Told at once, with the alert as it goes on to be changed. */
  constructor(onChange: (change: AlertChange) => void = () => {}) {
    this.#onChange = onChange;
  }

  join(pipeline: string, stage: string, run: object, holder: AlertHolder): KeptAlerts {
    return new Copy(this.#sharedOf(pipeline, stage), run, holder);
  }

  /** What was open in pipelines that are about to start. Of those that run here, more is known already. */
  load(kept: readonly AlertChange[]): void {
    const known = new Set([...this.#pipelines].flatMap(([name, stages]) => (isLive(stages) ? [name] : [])));
    for (const { pipeline } of kept) if (!known.has(pipeline)) this.#pipelines.delete(pipeline);
    for (const { pipeline, stage, name, alert } of kept) {
      if (known.has(pipeline) || alert === null) continue;
      const shared = this.#sharedOf(pipeline, stage);
      shared.open.set(name, { alert, copy: null, isFirm: false });
      shared.orphans++;
      shared.loose++;
    }
  }

  #sharedOf(pipeline: string, stage: string): Shared {
    const stages = this.#pipelines.get(pipeline) ?? new Map<string, Shared>();
    this.#pipelines.set(pipeline, stages);
    const known = stages.get(stage);
    if (known !== undefined) return known;
    const open = new Map<string, Kept>();
    const changed = (name: string): void =>
      this.#onChange({ pipeline, stage, name, alert: open.get(name)?.alert ?? null });
    const shared = { open, live: new Map<object, number>(), heir: null, orphans: 0, loose: 0, changed };
    stages.set(stage, shared);
    return shared;
  }
}

function isLive(stages: ReadonlyMap<string, Shared>): boolean {
  return [...stages.values()].some(({ live }) => live.size > 0);
}

class Copy implements KeptAlerts {
  readonly #shared: Shared;
  readonly #run: object;
  readonly #holder: AlertHolder;
  /** How many it looks after. */
  #count = 0;

  constructor(shared: Shared, run: object, holder: AlertHolder) {
    this.#shared = shared;
    this.#run = run;
    this.#holder = holder;
    shared.live.set(run, (shared.live.get(run) ?? 0) + 1);
  }

  isOf(run: object): boolean {
    return this.#run === run;
  }

  get canTake(): boolean {
    const { open, live, loose } = this.#shared;
    return loose > 0 || (live.size > 1 && open.size > this.#count);
  }

  begin(): void {
    const { open, heir, orphans } = this.#shared;
    const isFirst = heir?.isOf(this.#run) !== true;
    if (isFirst) this.#shared.heir = this;
    if (!isFirst && orphans === 0) return;
    for (const [name, kept] of open) if (kept.copy?.isOf(this.#run) !== true) this.#adopt(name, kept);
  }

  take(name: string): OpenAlert | null {
    const kept = this.#shared.open.get(name);
    if (kept === undefined || (kept.isFirm && kept.copy?.isOf(this.#run) === true)) return null;
    this.#move(kept);
    this.#setFirm(kept, true);
    return kept.alert;
  }

  save(name: string, alert: OpenAlert): void {
    const kept = this.#shared.open.get(name);
    if (kept !== undefined) this.#setFirm(kept, true);
    // Copies of a run may have alerts of one name: the last one is kept.
    if (kept?.alert !== alert) {
      if (kept?.copy === null) this.#shared.orphans--;
      else if (kept !== undefined) kept.copy.#count--;
      this.#shared.open.set(name, { alert, copy: this, isFirm: true });
      this.#count++;
    }
    this.#shared.changed(name);
  }

  close(name: string): void {
    const kept = this.#shared.open.get(name);
    if (kept?.copy !== this) return;
    this.#setFirm(kept, true);
    this.#shared.open.delete(name);
    this.#count--;
    this.#shared.changed(name);
  }

  end(): void {
    const shared = this.#shared;
    const left = (shared.live.get(this.#run) ?? 0) - 1;
    if (left > 0) shared.live.set(this.#run, left);
    else shared.live.delete(this.#run);
    if (shared.heir === this) shared.heir = null;
    const heir = shared.heir?.isOf(this.#run) === false ? shared.heir : null;
    for (const [name, kept] of this.#count > 0 ? shared.open : []) {
      if (kept.copy !== this) continue;
      kept.copy = null;
      this.#setFirm(kept, false);
      shared.orphans++;
      if (heir !== null) heir.#adopt(name, kept);
    }
    this.#count = 0;
  }

  #adopt(name: string, kept: Kept): void {
    this.#move(kept);
    this.#setFirm(kept, false);
    this.#holder.adopt(name, kept.alert);
  }

  #setFirm(kept: Kept, isFirm: boolean): void {
    if (kept.isFirm !== isFirm) this.#shared.loose += isFirm ? -1 : 1;
    kept.isFirm = isFirm;
  }

  #move(kept: Kept): void {
    if (kept.copy === null) this.#shared.orphans--;
    else {
      kept.copy.#count--;
      kept.copy.#holder.letGo(kept.alert);
    }
    kept.copy = this;
    this.#count++;
  }
}
