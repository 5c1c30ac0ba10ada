import assert from "node:assert/strict";
import { test } from "node:test";
import { rounds } from "../rounds.ts";
import { Client } from "./client.ts";
import { COUNTING, counted, countingRoute } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { assertBalanced, chainImbalances, imbalances } from "./ledger.ts";
import { Load } from "./load.ts";

/** So much that a generation which is not collected shows. */
const BALLAST = "x".repeat(200_000);

/** The pipeline that changes with every good reload: a new number in its code, sometimes a stage more. */
function changing(n: number): string {
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

for (const [workers, reloads] of [
  [1, 200],
  [0, rounds(20)],
  [2, rounds(20)],
] as const) {
  test(`${reloads} reloads under full load, some of them broken, lose no event and no state, with ${workers} workers`, async (t) => {
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

    const pipelines = await daemon.until("all that was replaced to have finished", async () => {
      const now = (await daemon.tree()).pipelines;
      return now.every((one) => one.inbox === 0 && one.stages.every(({ waiting }) => waiting === 0)) && now;
    });
    assert.deepEqual(pipelines.map(({ name }) => name).toSorted(), ["changing", "steady"]);
    assertBalanced(...pipelines);
    for (const { name, offered, shed, restarts } of pipelines)
      assert.deepEqual([name, offered, shed, restarts], [name, acked.n + 1, 0, 0]);
    const changed = await daemon.pipeline("changing");
    assert.equal(changed.emitted, acked.n + 1, "old and new generations together let everything through");
    assert.equal(changed.worker, workers === 0 ? 0 : changed.worker);
    // The garbage of a reload is collected when its turn comes: compare the lows of two stretches.
    const low = (from: number, to: number): number =>
      Math.min(...heap.slice(Math.floor(from * reloads), Math.ceil(to * reloads)));
    const [early, late] = [low(0.2, 0.5), low(0.7, 1)];
    const grown = daemon.megabytes - resident;
    t.diagnostic(
      `heaps ${early.toFixed(1)} MB, later ${late.toFixed(1)}, process + ${grown.toFixed()}; ${load.sent.n} events`,
    );
    // A hundred generations would be 20 MB more for each copy of their text (code and source map, here and in the
    // worker): 60 at least. The lows of a short run say little.
    if (reloads >= 200) assert.ok(late - early < 40, `heaps rose: ${heap.map((mb) => mb.toFixed()).join(" ")}`);
    assert.ok(grown < 400, `the process grew by ${grown} MB`); // it starts without having seen any load
  });
}

test("books of one layout stay balanced over reloads, stage by stage", async (t) => {
  const daemon = await DaemonProcess.start(t, { "_count.ts": COUNTING, "changing.ts": changing(0) }, [
    "--workers",
    "1",
    "--no-watch",
  ]);
  const load = await Load.open(t, daemon.port);
  load.start();
  for (let n = 1; n <= 12; n++) {
    daemon.write("changing.ts", changing(n * 4));
    daemon.signal("SIGHUP");
    await daemon.until(`reload ${n}`, async () => (await daemon.tree()).reloads.succeeded === n + 1);
  }
  await load.pause();
  const acked = load.acknowledged(daemon);
  const report = await daemon.until("balanced books", async () => {
    const now = await daemon.pipeline("changing");
    return now.offered === acked.n && imbalances(now).length === 0 && now;
  });
  assert.deepEqual(chainImbalances(report), []);
  assert.equal(report.emitted, acked.n);
});

test("a saved file is running within moments, a broken one is told with its place and changes nothing", async (t) => {
  const print = (word: string): string =>
    `import { pipeline, stdout } from "fast-ts";\npipeline("print", [stdout({ format: (e) => "${word} " + e.service })]);\n`;
  const daemon = await DaemonProcess.start(t, { "print.ts": print("old") }, ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  const says = async (line: string): Promise<void> => {
    await daemon.until(line, async () => {
      await client.send({ service: "x" });
      return daemon.printed.includes(line);
    });
  };
  await says("old x");
  daemon.write("print.ts", print("new"));
  await says("new x");
  daemon.write("print.ts", print("newer").replace(")]", "]"));
  const line = await daemon.logged("routes not reloaded, the old ones go on");
  assert.match(String(line.problems), /print\.ts:2:\d+/);
  daemon.write("print.ts", print("new"));
  await daemon.logged("routes on disk are those that run");
  daemon.signal("SIGHUP");
  await daemon.until("SIGHUP is answered", () => daemon.linesOf("routes on disk are those that run").length === 2);
  daemon.printed.length = 0;
  await says("new x");
  daemon.write("print.ts", print("newest"));
  await says("newest x");
  daemon.write("more.ts", print("more").replace(`"print"`, `"more"`));
  await says("more x");
  assert.equal(client.isClosed, false);
});
