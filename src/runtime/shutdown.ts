import type { Clock } from "../core/clock.ts";
import { lostAtStop } from "../engine/ledger.ts";
import type { Supervisor } from "../engine/supervisor.ts";

/** What did not end in time. */
export interface StopReport {
  /** Pipeline and stage, `alerts: email#2`. Empty when all ended. */
  readonly stuck: readonly string[];
  /** Events that were lost. */
  readonly lost: number;
}

/** Several reports as one. */
export function allOf(reports: readonly StopReport[]): StopReport {
  const stuck = reports.flatMap((report) => report.stuck);
  return { stuck, lost: reports.reduce((sum, report) => sum + report.lost, 0) };
}

/** Waits for something that may never come; false when it did not come in time. */
export function atMost(clock: Clock, seconds: number, something: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(seconds, () => resolve(false));
    something.then(() => {
      cancel();
      resolve(true);
    }, reject);
  });
}

/**
 * Ends pipelines side by side within `seconds`; what is left then is lost, and counted. Subscribers of a channel end
 * only after its publishers have ended.
 *
 * @param before - Others that may still publish.
 * @param isKept - What can be saved of one is: see `Supervisor.stop`.
 */
export async function endAll(
  supervisors: readonly Supervisor[],
  clock: Clock,
  seconds: number,
  before: readonly Promise<unknown>[] = [],
  isKept: (supervisor: Supervisor) => boolean = () => false,
): Promise<StopReport> {
  const open = new Set(supervisors);
  const ends = new Map<Supervisor, Promise<unknown>>();
  const end = async (supervisor: Supervisor): Promise<void> => {
    const { channel } = supervisor;
    if (channel !== null)
      await Promise.all([...before, ...supervisors.filter((one) => one.publishesTo(channel)).map(ended)]);
    await supervisor.stop(isKept(supervisor));
    open.delete(supervisor);
  };
  const ended = (supervisor: Supervisor): Promise<unknown> => {
    const known = ends.get(supervisor) ?? end(supervisor);
    ends.set(supervisor, known);
    return known;
  };
  await atMost(clock, seconds, Promise.all(supervisors.map(ended)));
  const stuck = [...open].flatMap((one) => one.abandon().map((place) => `${one.pipeline.name}: ${place}`));
  return { stuck, lost: supervisors.reduce((sum, { counts, rows }) => sum + lostAtStop(counts, rows), 0) };
}
