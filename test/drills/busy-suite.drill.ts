import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { drill } from "./drill.ts";
import { runSuite } from "./suite.ts";

const LOOPS = 6;
/** Loops in a thread, so that the main thread hears when the drill has died. */
const LOOP = `new (require("node:worker_threads").Worker)("while (true);", { eval: true });
process.on("disconnect", () => process.exit());`;

drill("the whole suite passes beside six busy loops", 0, async ({ t, times }) => {
  const loops = Array.from({ length: LOOPS }, busyLoop);
  t.after(() => loops.forEach((loop) => void loop.kill("SIGKILL")));
  for (let round = 1; round <= times; round++)
    for (const name of ["unit", "e2e"] as const) {
      const { seconds, failed, report } = await runSuite(name);
      // At once: a round takes minutes.
      console.log(`round ${round} of ${times}, ${name}: ${failed.length} failed, ${seconds.toFixed()} s${report}`);
      assert.deepEqual(failed, []);
    }
});

function busyLoop(): ChildProcess {
  return spawn(process.execPath, ["-e", LOOP], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}
