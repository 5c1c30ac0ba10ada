import { failingSpillOf } from "./delivery/target-totals.ts";
import type { Disk } from "./disk.ts";
import type { AlertStore } from "./host/alert-store.ts";
import type { Host } from "./host/host.ts";
import type { Readiness } from "./http/view.ts";

/** What a daemon is ready by. */
interface Parts {
  readonly isStopping: boolean;
  /** Its ports are. */
  readonly isOpen: boolean;
  /** Its routes are. */
  readonly isLoaded: boolean;
  /** The route file that a reload waits for; null when none does for long. */
  readonly slowRoute: string | null;
  readonly hosting: Host;
  readonly disk: Disk;
  readonly alerts: AlertStore;
}

/** Whether senders may be sent here, and what is not as it should be. */
export function readinessOf({ isStopping, isOpen, isLoaded, slowRoute, hosting, disk, alerts }: Parts): Readiness {
  const reasons: string[] = [];
  if (isStopping) reasons.push("stopping");
  if (!isOpen) reasons.push("port not open yet");
  if (!isLoaded) reasons.push("routes not loaded yet");
  for (const { name, state } of hosting.states())
    if (state === "failed") reasons.push(`pipeline ${JSON.stringify(name)} failed`);
  return {
    ...{ ready: reasons.length === 0, reasons },
    ...(slowRoute !== null && { slowRoute }),
    unclaimedSpill: disk.data?.unclaimedSpill.reports,
    failingSpill: failingSpillOf(hosting.targets()),
    openAlerts: alerts.report,
    state: disk.state.report ?? undefined,
    journal: disk.journal?.report,
  };
}
