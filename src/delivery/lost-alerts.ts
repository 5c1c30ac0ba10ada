import type { TargetNews, TargetScope } from "../core/target-port.ts";
import { ALERT_LOST, marksIn } from "./alert-mark.ts";

/** It is over when the target takes something and none was lost for so long. */
export const QUIET_SECONDS = 10;

/** Tells all pipelines that a target did not take an alert: once until it takes some again. */
export class LostAlerts {
  readonly #target: string;
  readonly #scope: TargetScope;
  #lost: { alerts: number; at: number } | null = null;

  constructor(target: string, scope: TargetScope) {
    this.#target = target;
    this.#scope = scope;
  }

  /** These items are given up. */
  add(items: readonly unknown[], why: string): void {
    const [first, ...more] = items.flatMap(marksIn);
    if (first === undefined) return;
    const { clock } = this.#scope;
    const alerts = (this.#lost?.alerts ?? 0) + 1 + more.length;
    const isNew = this.#lost === null;
    this.#lost = { alerts, at: clock.elapsed() };
    if (isNew)
      this.#tell("critical", `${this.#target} did not take the ${first.phase} of alert ${first.key}: ${why}`, {
        "lost alert": first.key,
        reason: why,
      });
  }

  delivered(): void {
    if (this.#lost === null || this.#scope.clock.elapsed() - this.#lost.at < QUIET_SECONDS) return;
    const { alerts } = this.#lost;
    this.#lost = null;
    this.#scope.tell(takesAlertsAgain(this.#target, `${alerts} times`));
  }

  close(): void {
    if (this.#lost !== null) this.#tell("closed", "it was closed before it took alerts again", {});
  }

  #tell(state: "critical" | "closed", description: string, attributes: Readonly<Record<string, string>>): void {
    this.#scope.tell({ service: ALERT_LOST, target: this.#target, state, description, attributes });
  }
}

/** @param times - How often it was not told. */
export function takesAlertsAgain(target: string, times: string): TargetNews {
  const description = `${target} takes alerts again, it was not told ${times}`;
  return { service: ALERT_LOST, target, state: "ok", description, attributes: {} };
}
