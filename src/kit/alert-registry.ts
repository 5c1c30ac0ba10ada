import type { AlertJoin, AlertsPort, KeptAlerts } from "../core/alerts-port.ts";
import type { Cut } from "../core/state.ts";
import { AlertCopy } from "./alert-copy.ts";
import { StageAlerts, type StageChange } from "./stage-alerts.ts";

/** A change of an alert, and where it belongs. */
export interface AlertChange extends StageChange {
  readonly pipeline: string;
  readonly stage: string;
}

/**
 * The open alerts of a thread's pipelines. They belong to their stage, and each copy of it looks after some: a run that
 * ends leaves them to the next.
 */
export class AlertRegistry implements AlertsPort {
  readonly #onChange: (change: AlertChange) => void;
  /** By pipeline and stage. */
  readonly #pipelines = new Map<string, Map<string, StageAlerts>>();

  /** @param onChange - Told at once, with the alert as it goes on to be changed. */
  constructor(onChange: (change: AlertChange) => void = () => {}) {
    this.#onChange = onChange;
  }

  join(joining: AlertJoin): KeptAlerts {
    return new AlertCopy(this.#alertsOf(joining.pipeline, joining.stage), joining);
  }

  begin(pipeline: string, cut: Cut): void {
    for (const alerts of this.#pipelines.get(pipeline)?.values() ?? []) alerts.begin(cut);
  }

  /** What was open in pipelines that are about to start. Of those that run here, more is known already. */
  load(kept: readonly AlertChange[]): void {
    const known = new Set([...this.#pipelines].flatMap(([name, stages]) => (isLive(stages) ? [name] : [])));
    for (const { pipeline } of kept) if (!known.has(pipeline)) this.#pipelines.delete(pipeline);
    for (const change of kept)
      if (!known.has(change.pipeline)) this.#alertsOf(change.pipeline, change.stage).load(change);
  }

  #alertsOf(pipeline: string, stage: string): StageAlerts {
    const stages = this.#pipelines.get(pipeline) ?? new Map<string, StageAlerts>();
    this.#pipelines.set(pipeline, stages);
    const known = stages.get(stage);
    if (known !== undefined) return known;
    const alerts = new StageAlerts((change) => this.#onChange({ pipeline, stage, ...change }));
    stages.set(stage, alerts);
    return alerts;
  }
}

function isLive(stages: ReadonlyMap<string, StageAlerts>): boolean {
  return [...stages.values()].some(({ runs }) => runs > 0);
}
