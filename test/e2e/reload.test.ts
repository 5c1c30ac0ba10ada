import assert from "node:assert/strict";
import { test } from "node:test";
import { rounds } from "../rounds.ts";
import { Client } from "./client.ts";
import { COUNTING } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced, chainImbalances } from "./ledger.ts";
import { Load } from "./load.ts";
import { changing, reloadUnderLoad } from "./reloading.ts";

// Hundreds of them are the drill `reloads`.
for (const [workers, reloads] of [
  [0, rounds(10)],
  [1, rounds(20)],
  [2, rounds(10)],
] as const)
  test(`${reloads} reloads under full load, some of them broken, lose no event and no state, with ${workers} workers`, async (t) =>
    t.diagnostic(await reloadUnderLoad(t, workers, reloads)));

test("books of one layout stay balanced over reloads, stage by stage", async (t) => {
  const daemon = await DaemonProcess.start(t, { "_count.ts": COUNTING, "changing.ts": changing(0) }, [
    "--workers",
    "1",
    "--no-watch",
  ]);
  const load = await Load.open(t, daemon.port);
  load.start();
  for (let n = 1; n <= 5; n++) {
    daemon.write("changing.ts", changing(n * 4));
    daemon.signal("SIGHUP");
    await daemon.until(`reload ${n}`, async () => (await daemon.tree()).reloads.succeeded === n + 1);
  }
  await load.pause();
  const acked = load.acknowledged(daemon);
  await balanced(daemon, ([now]) => now?.offered === acked.n);
  const report = await daemon.pipeline("changing");
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
