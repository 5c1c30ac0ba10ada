import type { Clock } from "../core/clock.ts";
import type { RingWriter } from "./ring-writer.ts";

/** Maximum time senders are held up while pipelines move between workers: less than an answer may take. */
export const STAND_STILL_SECONDS = 1.5;
const LOOK_AGAIN_SECONDS = 0.005;

/** Whether every worker has dealt with all that came before, within that time. */
export async function standsStill(ring: RingWriter, clock: Clock): Promise<boolean> {
  ring.wake();
  const until = clock.elapsed() + STAND_STILL_SECONDS;
  const isStill = (): boolean => ring.isEmpty && ring.coming === 0;
  while (!isStill() && clock.elapsed() < until)
    await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_SECONDS, resolve));
  return isStill();
}
