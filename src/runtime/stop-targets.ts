import type { Clock } from "../core/clock.ts";
import type { TargetsPort } from "../core/target-port.ts";
import type { TargetReport } from "../delivery/report.ts";
import { atMost, type StopReport } from "./shutdown.ts";

/** The targets of a thread, as what runs it sees them. */
export interface ThreadTargets extends TargetsPort {
  /** Sends all that is held, without waiting for full batches; resolves when nothing is held any more. */
  flush(): Promise<void>;
  reports(): readonly TargetReport[];
  /** What is still held stays counted as pending. */
  close(): void;
}

/** Sends what targets still hold, within `seconds`; what is left then is lost. */
export async function stopTargets(
  targets: Omit<ThreadTargets, "use">,
  clock: Clock,
  seconds: number,
): Promise<StopReport> {
  await atMost(clock, seconds, targets.flush());
  const held = targets.reports().filter(({ pending }) => pending > 0);
  const now = clock.now();
  targets.close();
  return {
    stuck: held.map(({ target, pending, oldest }) => {
      const age = oldest === null ? "" : `, the oldest for ${Math.round(Math.max(0, now - oldest))} s`;
      return `target ${target}: ${pending} wait${age}`;
    }),
    lost: held.reduce((sum, { pending }) => sum + pending, 0),
  };
}
