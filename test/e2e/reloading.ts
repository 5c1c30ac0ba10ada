import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Client } from "./client.ts";
import { COUNTING, counted, countingRoute } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";
import { Load } from "./load.ts";

/** So much that a generation which is not collected shows. */
const BALLAST = "x".repeat(200_000);
/** With fewer the heap has not been collected often enough to be compared. */
const MIN_COMPARED = 100;

/** The pipeline that changes with every good reload: a new number in its code, sometimes a stage more. */
export function changing(n: number): string {
  const describe = `map((e) => e.with({ description: "${n}" + ballast.length })), `;
  const route = countingRoute("changing", `${describe}${n % 4 === 3 ? "filter(() => true), " : ""}`);
  return `${route}const ballast = "${BALLAST}";\n`;
}

const BROKEN: readonly string[] = [
  `import { pipeline, stdout } from "fast-ts";\npipeline("changing", [stdout(]);\n`,
  `throw new Error("not today");\n`,
  `import { pipeline, stdout } from "fast-ts";\npipeline("steady", [stdout()]);\n`,
  `import { pipeline, rate } from "fast-ts";\npipeline("changing", [rate(-1)]);\n`,
];

/** Reloads under full load, every fifth time what is broken. Returns what was measured, in words. */
export async function reloadUnderLoad(t: TestContext, workers: number, reloads: number): Promise<string> {
  const daemon = await DaemonProcess.start(
    t,
    { "_count.ts": COUNTING, "steady.ts": countingRoute("steady"), "changing.ts": changing(0) },
    ["--workers", String(workers), "--no-watch"],
  );
  const load = await Load.open(t, daemon.port);
  load.start();
  const resident = daemon.megabytes;
  const heap: number[] = [];
  let good = 0;
  for (let n = 1; n <= reloads; n++) {
    const isBroken = n % 5 === 0;
    const text = isBroken ? (BROKEN[(n / 5) % BROKEN.length] ?? "") : changing(n);
    if (!isBroken) good++;
    daemon.write("changing.ts", text);
    daemon.signal("SIGHUP");
    await daemon.until(`reload ${n}`, async () => {
      const { succeeded, failed } = (await daemon.tree()).reloads;
      return succeeded + failed === n + 1;
    });
    heap.push(await daemon.heapMegabytes());
  }
  await load.pause();
  const { reloads: report } = await daemon.tree();
  assert.deepEqual([report.succeeded, report.failed], [good + 1, reloads - good]);
  const acked = load.acknowledged(daemon);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  assert.deepEqual(await counted(daemon, client, "steady"), acked, "the counting state is as old as the daemon");

  const pipelines = await balanced(daemon, (now) =>
    now.every(
      (one) => one.offered === acked.n + 1 && one.inbox === 0 && one.stages.every((stage) => stage.waiting === 0),
    ),
  );
  assert.deepEqual(pipelines.map(({ name }) => name).toSorted(), ["changing", "steady"]);
  for (const { name, shed, restarts } of pipelines) assert.deepEqual([name, shed, restarts], [name, 0, 0]);
  const changed = await daemon.pipeline("changing");
  assert.equal(changed.emitted, acked.n + 1, "old and new generations together let everything through");
  if (workers === 0) assert.equal(changed.worker, 0);
  // The garbage of a reload is collected when its turn comes: compare the lows of two stretches.
  const low = (from: number, to: number): number =>
    Math.min(...heap.slice(Math.floor(from * reloads), Math.ceil(to * reloads)));
  const [early, late] = [low(0.2, 0.5), low(0.7, 1)];
  const grown = daemon.megabytes - resident;
  // Half of a hundred generations would be 10 MB more for each copy of their text (code and source map, here and in the
  // worker): 30 at least.
  if (reloads >= MIN_COMPARED)
    assert.ok(late - early < reloads / 5, `heaps rose: ${heap.map((mb) => mb.toFixed()).join(" ")}`);
  assert.ok(grown < 400, `the process grew by ${grown} MB`); // it starts without having seen any load
  return `heaps ${early.toFixed(1)} MB, later ${late.toFixed(1)}, process + ${grown.toFixed()}; ${load.sent.n} events`;
}
