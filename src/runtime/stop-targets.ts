import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { TargetsPort } from "../core/target-port.ts";
import type { TargetReport } from "../delivery/report.ts";
import { atMost, type StopReport } from "./shutdown.ts";

/** The targets of a thread, as what runs it sees them. */
export interface ThreadTargets extends TargetsPort {
  /** Sends all that is held; resolves when nothing is held any more but what outlives the process, of targets that fail. */
  finish(): Promise<void>;
  reports(): readonly TargetReport[];
  /** What is still held is spilled, or stays counted as pending. */
  close(): Promise<void>;
}

type Waiting = Pick<TargetReport, "target" | "pending" | "spilled" | "oldest" | "circuit">;

/** People who wait for longer than this are told what for. */
const TELL_SECONDS = 1;

/** Sends what targets still hold, within `seconds`; what is left then is lost. */
export async function stopTargets(
  targets: Pick<ThreadTargets, "finish" | "close"> & { reports(): readonly Waiting[] },
  { clock, log }: { readonly clock: Clock; readonly log: Pick<Log, "warn"> },
  seconds: number,
): Promise<StopReport> {
  const cancel = clock.after(TELL_SECONDS, () => {
    // What is spilled outlives the process: a target that fails is not waited for then.
    const isWaitedFor = (one: Waiting): boolean => one.pending > 0 || (one.spilled > 0 && one.circuit === "closed");
    const waiting = targets.reports().filter(isWaitedFor);
    const left = Math.max(0, seconds - TELL_SECONDS);
    log.warn("the stop waits for targets: a second signal ends it", {
      targets: waiting.map(({ target, pending, spilled }) => `${target}: ${pending + spilled} wait`),
      deadline: Math.round(left),
    });
  });
  await atMost(clock, seconds, targets.finish());
  cancel();
  const now = clock.now();
  await targets.close();
  const held = targets.reports().filter(({ pending }) => pending > 0);
  return {
    stuck: held.map(({ target, pending, oldest }) => {
      const age = oldest === null ? "" : `, the oldest for ${Math.round(Math.max(0, now - oldest))} s`;
      return `target ${target}: ${pending} wait${age}`;
    }),
    lost: held.reduce((sum, { pending }) => sum + pending, 0),
  };
}
