import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { SHED } from "../engine/ledger.ts";
import type { Supervisor } from "../engine/supervisor.ts";
import { publishersLeft } from "./joined-pipelines.ts";
import { endAll, type StopReport } from "./shutdown.ts";

interface RetireOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Maximum seconds that it takes. */
  readonly stopDeadline: number;
}

/**
 * Ends what a swap has replaced. Who subscribed to channels that ended with it stays until its publishers have dealt with
 * what they took before: those that run on as well.
 *
 * @param before - The ends of what was replaced earlier, which may still publish.
 */
export async function retire(
  replaced: readonly Supervisor[],
  running: readonly Supervisor[],
  { clock, log, stopDeadline }: RetireOptions,
  before: readonly Promise<unknown>[],
): Promise<StopReport> {
  const shed = (): number => replaced.reduce((sum, { counts }) => sum + (counts[SHED] ?? 0), 0);
  const shedBefore = shed();
  const settling = settled(publishersLeft(replaced, running), clock, stopDeadline);
  const report = await endAll(replaced, clock, stopDeadline, [...before, settling]);
  const { stuck, lost } = report;
  if (stuck.length > 0)
    log.warn("replaced pipelines did not finish in time, what they held is lost", { stuck, events: lost });
  const late = (await settling).map(({ pipeline }) => pipeline.name);
  if (late.length > 0)
    log.warn("channels have ended, what pipelines took before and publish now reaches nobody", { pipelines: late });
  if (shed() > shedBefore)
    log.warn("what was published to replaced pipelines after their state had gone on is shed", {
      events: shed() - shedBefore,
    });
  return report;
}

/** Seconds from one look to the next. */
const LOOK_SECONDS = 0.02;

/** Resolves once each of these has dealt with all that it had taken, or after `seconds`: with those that have not. */
async function settled(
  supervisors: readonly Supervisor[],
  clock: Clock,
  seconds: number,
): Promise<readonly Supervisor[]> {
  const open = new Set(supervisors);
  for (const until = clock.elapsed() + seconds; ; await new Promise<void>((look) => clock.after(LOOK_SECONDS, look))) {
    for (const one of open) if (hasSettled(one)) open.delete(one);
    if (open.size === 0 || clock.elapsed() >= until) return [...open];
  }
}

function hasSettled(supervisor: Supervisor): boolean {
  if (supervisor.state === "failed" || supervisor.state === "stopped") return true;
  supervisor.catchUp();
  return supervisor.isSettled;
}
