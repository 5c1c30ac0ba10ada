import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { SystemClock } from "../core/clock.ts";

/*
 * Ends the process of the tests when one of them has not ended in time: a body that loops lets nothing else of its own
 * thread do that. Receives the name of the running test; `null` when nothing does.
 */
const seconds: number = workerData;
const clock = new SystemClock();
let cancel = (): void => {};

parentPort?.on("message", (name: string | null) => {
  cancel();
  if (name === null) return;
  cancel = clock.after(seconds, () => {
    writeSync(
      2,
      `fast-ts: ${JSON.stringify(name)} has not ended after ${seconds} s, so the tests are ended: see --timeout\n`,
    );
    process.kill(process.pid, "SIGKILL");
  });
});
