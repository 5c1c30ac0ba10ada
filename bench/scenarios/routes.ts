import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../child.ts";
import { freePort } from "../free-port.ts";
import { stopServer } from "../measure.ts";
import type { Scenario } from "../scenario.ts";
import { median } from "../statistics.ts";
import { against } from "../table.ts";
import { daemonCommand, inCheckout } from "../target.ts";

const WORKERS = [0, 1];

/** From the start of the process to the open port, with the sample routes. */
export const startUp: Scenario = {
  name: "start",
  about: "time from start to listening, sample routes",
  run: ({ rounds }) =>
    timed("Start to listening, sample routes", 1000, rounds, async (workers) => {
      const began = performance.now();
      const child = startChild(daemonCommand(inCheckout("routes"), await freePort(), workers), null);
      await child.saw('"listening"');
      const ms = performance.now() - began;
      await stopServer(child);
      return ms;
    }),
};

/** From a saved file to the routes that it changed. */
export const reload: Scenario = {
  name: "reload",
  about: "time from a changed route file to its running, sample routes",
  run: ({ rounds }) =>
    timed("Reload of one file, sample routes", 300, rounds, async (workers) => {
      const dir = mkdtempSync(join(tmpdir(), "fast-ts-bench-"));
      cpSync(inCheckout("routes"), dir, { recursive: true });
      const child = startChild(daemonCommand(dir, await freePort(), workers), null);
      await child.saw('"listening"');
      const file = join(dir, "basic.ts");
      const changed = readFileSync(file, "utf8").replace("under(12)", "under(13)");
      const began = performance.now();
      const reloaded = child.saw('"routes reloaded"');
      writeFileSync(file, changed);
      await reloaded;
      const ms = performance.now() - began;
      await stopServer(child);
      rmSync(dir, { recursive: true });
      return ms;
    }),
};

async function timed(title: string, must: number, rounds: number, once: (workers: number) => Promise<number>) {
  const rows = [];
  for (const workers of WORKERS) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await once(workers));
    const ms = median(times);
    rows.push({
      workers: String(workers),
      ms: ms.toFixed(0),
      worst: Math.max(...times).toFixed(0),
      ...against(ms, { must }, false, (n) => n.toFixed(0)),
    });
  }
  return { tables: [{ title: `${title}, medians of ${rounds}`, rows }], isExact: true };
}
