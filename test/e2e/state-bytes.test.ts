import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";

const MEGABYTE = 1024 * 1024;
const FORGETS = "state takes more bytes than it may: the heaviest pipelines forget what has been idle longest";

const ROUTES = {
  "heavy.ts": `
import { by, coalesce, counter, fixedTimeWindow, index, pipeline, rate, top } from "fast-ts";
pipeline("by", [by("service", [counter()])]);
pipeline("nested", [by("host", [by("service", [rate(5)])])]);
pipeline("index", [index()]);
pipeline("window", [fixedTimeWindow(3600)]);
pipeline("top", [top(1000, "metric", [])]);
pipeline("coalesce", [coalesce(3600)]);
`,
  "light.ts": `
import { by, changed, filter, pipeline, stdout } from "fast-ts";
pipeline("light", [filter((e) => e.service === "light"), by("host", [changed("state")]), stdout()]);
`,
};

const count = 200;

for (const workers of [0, 1])
  test(`services of a megabyte, each of them new, do not fill the memory, with ${workers} workers`, async (t) => {
    const flags = ["--workers", String(workers), "--max-state-bytes", String(64 * MEGABYTE)];
    const daemon = await DaemonProcess.start(t, ROUTES, flags);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const lights = Array.from({ length: 100 }, (_, n) => ({ host: `host ${n}`, service: "light", state: "ok" }));
    await client.send(...lights);
    for (let n = 0; n < count; n++)
      await client.send({ host: `host ${n % 3}`, service: `${n} ${"x".repeat(MEGABYTE)}`, metric_d: n });
    await client.send(...lights);
    const { pipelines, workers: threads } = await daemon.until("all events dealt with", async () => {
      const tree = await daemon.tree();
      const isDone = tree.pipelines.every(({ offered, taken }) => offered === count + 200 && taken === offered);
      // Workers say from time to time what they hold.
      return isDone && tree.workers.every(({ stateBytes }) => stateBytes <= 64 * MEGABYTE) && tree;
    });
    assert.ok(threads.every(({ replaced }) => replaced === 0));
    const stages = (name: string) => pipelines.find((one) => one.name === name)?.stages ?? [];
    const full = (name: string) => stages(name).reduce((sum, { evicted }) => sum + evicted.full, 0);
    for (const name of ["by", "nested", "index", "top", "coalesce"])
      assert.ok(full(name) > 100, `${name}: ${full(name)}`);
    assert.ok((stages("window")[0]?.dropped.overflow ?? 0) > 100);
    await balanced(daemon);
    assert.equal(full("light"), 0);
    assert.equal(daemon.printed.length, 100, "each host changed once, and was not forgotten meanwhile");
    assert.equal(daemon.linesOf(FORGETS).length, 1);
    assert.equal((await daemon.stop()).code, 0);
  });

test("without the option half of a worker's heap may be held", async (t) => {
  const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  for (let n = 0; n < 8; n++) await client.send({ service: `${n} ${"x".repeat(MEGABYTE)}`, metric_d: n });
  const { pipelines } = await daemon.until("all events dealt with", async () => {
    const tree = await daemon.tree();
    return tree.pipelines.every(({ taken }) => taken === 8) && tree;
  });
  // The least heap of a worker is 128 MiB: 64 MiB, of which each pipeline's eight take 16 or 32.
  const heaviest = Math.max(...pipelines.map(({ stateBytes }) => stateBytes));
  assert.ok(heaviest >= 16 * MEGABYTE, `${heaviest} bytes`);
  await daemon.until("the worker's bytes", async () =>
    /^fast_ts_worker_state_bytes\{worker="1"\} \d{7,}$/m.test((await daemon.page("/metrics")).text),
  );
});
