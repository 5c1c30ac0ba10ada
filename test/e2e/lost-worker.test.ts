import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";
import { Load } from "./load.ts";
import { starveWorker, TALLY } from "./starving.ts";

test("what comes while a worker is being replaced is handled, also when the daemon is stopped meanwhile", async (t) => {
  const daemon = await DaemonProcess.start(t, { "tally.ts": TALLY }, ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "exit" });
  await daemon.logged("worker is replaced, its pipelines start anew");
  const load = await Load.open(t, daemon.port);
  await load.run(20);
  const { n } = load.acknowledged(daemon);
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal((await daemon.logged("stopped")).events_lost, 0);
  assert.deepEqual(daemon.printed, [`tally ${n}`]);
});

const SET_ASIDE = "messages are set aside and not read again: two threads in a row ended while they worked on them";

test("messages at which two threads end are set aside, and those that come after them are handled", async (t) => {
  const exits = (name: string): string => `import { map, pipeline } from "fast-ts";
pipeline("${name}", [map((e) => e.service === "exit" ? process.exit(1) : e)]);`;
  const daemon = await DaemonProcess.start(t, { "a.ts": exits("a"), "b.ts": exits("b"), "c.ts": exits("__proto__") }, [
    "--workers",
    "1",
  ]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "before" });
  // A thread that has offered a message to all is not there any more when what it reads together with that ends it.
  await balanced(daemon, (now) => now.every(({ stages }) => stages[0]?.handled === 1));
  await client.send({ service: "exit" }, { service: "beside it" });
  // What a thread reads together with them may be lost with it.
  await daemon.logged(SET_ASIDE);
  await client.send({ service: "after" });
  const pipelines = await balanced(daemon, (now) => now.every(({ offered }) => offered === 4));
  const { workers } = await daemon.tree();
  assert.equal(workers[0]?.replaced, 2, "the third was never offered them");
  // The event at which a thread ended is lost in its stage, what stood behind it in its pipeline.
  const handled = pipelines.map(({ name, lost, stages }) => [name, stages[0]?.handled, lost.worker]);
  assert.deepEqual(handled.toSorted(), [
    ["__proto__", 2, 2],
    ["a", 2, 1],
    ["b", 2, 1],
  ]);
  assert.deepEqual(
    daemon.linesOf(SET_ASIDE).map(({ worker, events }) => ({ worker, events })),
    [{ worker: 1, events: 2 }],
  );
});

test("a thread that needs long to start is waited for", async (t) => {
  const shim = join(routeDir(t, {}), "slow.cjs");
  writeFileSync(
    shim,
    `const { isMainThread, workerData } = require("node:worker_threads");
if (!isMainThread && workerData?.ring !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000);`,
  );
  const env = { NODE_OPTIONS: `--require ${shim}` };
  const daemon = await DaemonProcess.start(t, { "tally.ts": TALLY }, ["--workers", "1"], env);
  assert.deepEqual(daemon.hangs, []);
  assert.equal((await daemon.tree()).workers[0]?.replaced, 0);
});

// For longer than any thread may hang is the drill `starved`.
test("a worker that gets hardly any processor is not taken for hung, and nothing is lost", (t) => starveWorker(t, 3));
