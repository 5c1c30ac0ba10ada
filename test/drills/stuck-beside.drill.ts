import assert from "node:assert/strict";
import { COUNTING, countingRoute } from "../e2e/counting.ts";
import { DaemonProcess } from "../e2e/daemon-process.ts";
import { Load } from "../e2e/load.ts";
import { drill } from "./drill.ts";

const ROUTES = { "_count.ts": COUNTING, "good.ts": countingRoute("good") };

/** A second pipeline, with this handler. */
const beside = (handler: string): string =>
  `import { pipeline, stage } from "fast-ts";\npipeline("beside", [stage("beside", () => ${handler})]);\n`;

drill("others keep more than 90 % of their speed beside a pipeline that never settles, pairs", 21, async (run) => {
  const { t, times: pairs, say } = run;
  const [sick, well] = await Promise.all(
    ["() => new Promise(() => {})", "() => {}"].map(async (handler) => {
      const daemon = await DaemonProcess.start(t, { ...ROUTES, "beside.ts": beside(handler) }, ["--workers", "1"]);
      return { daemon, load: await Load.open(t, daemon.port) };
    }),
  );
  assert.ok(sick && well);
  for (const { load } of [sick, well]) await load.run(1_500); // warm, and the second of grace has passed
  await sick.daemon.logged("pipeline stalled");
  const cost = async ({ daemon, load }: typeof sick): Promise<number> => {
    const before = daemon.cpuSeconds;
    await load.run(1_500);
    return daemon.cpuSeconds - before;
  };
  // By turns, so that whatever else this machine does meets both. Speed is what processor time an event leaves.
  const speeds: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const normal = await cost(well);
    speeds.push(normal / (await cost(sick)));
  }
  const median = speeds.toSorted((a, b) => a - b)[pairs >> 1] ?? Number.NaN;
  say(`${median.toFixed(2)} of normal, the median of ${speeds.map((speed) => speed.toFixed(2)).join(" ")}`);
  // Nobody waits for it: it does not recover and stall again, and no sender is refused.
  assert.equal(sick.daemon.linesOf("pipeline stalled").length, 1);
  for (const { load } of [sick, well]) assert.equal(load.refused.n, 0);
  assert.ok(median > 0.9);
});
