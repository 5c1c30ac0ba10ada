import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced, total } from "./ledger.ts";
import { Load } from "./load.ts";

const AGAIN = `import { filter, pipeline, reinject, set } from "fast-ts";
pipeline("again", [filter((e) => e.service === "load"), set({ service: "again" }), reinject()]);
`;
const SEEN = `import { expired, filter, map, pipeline } from "fast-ts";
pipeline("seen", [filter((e) => e.service === "again"), map((e) => e.with({ time: e.time - 1 })), expired()]);
`;

for (const workers of [0, 1, 2]) {
  test(`what is reinjected comes to all pipelines, or is counted, with ${workers} workers`, async (t) => {
    const flags = ["--workers", String(workers), "--default-ttl", "0.5"];
    const daemon = await DaemonProcess.start(t, { "again.ts": AGAIN, "seen.ts": SEEN }, flags);
    const places = (await daemon.tree()).pipelines.map((one) => one.workers.length);
    assert.deepEqual(places, [Math.max(workers, 1), Math.max(workers, 1)], "in all workers");
    const load = await Load.open(t, daemon.port);
    await load.run(500);
    await balanced(daemon, (now) => {
      const { handled = 0, delivered = 0, pending = 0 } = now.find(({ name }) => name === "again")?.stages[2] ?? {};
      const all = load.acked.n + delivered;
      return handled === load.acked.n && pending === 0 && now.every(({ taken }) => taken === all);
    });
    const [again, seen] = [await daemon.pipeline("again"), await daemon.pipeline("seen")];
    const { handled = 0, delivered = 0, dropped = {} } = again.stages[2] ?? {};
    t.diagnostic(`${delivered} of ${handled} went in again`);
    assert.ok(delivered >= 5_000, `${delivered}`);
    assert.equal(delivered + total(dropped), handled);
    assert.equal(seen.stages[1]?.received, delivered);
    assert.equal(seen.emitted, delivered, "an event without a ttl is valid for as long as the daemon was told");
  });

  test(`a stop under load counts all that was to go in again, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, { "again.ts": AGAIN, "seen.ts": SEEN }, ["--workers", String(workers)]);
    const load = await Load.open(t, daemon.port);
    load.start();
    await daemon.until("full load", () => load.acked.n > 20_000);
    daemon.signal("SIGTERM");
    assert.deepEqual(await daemon.exit, { code: 0, signal: null });
    assert.equal((await daemon.logged("stopped")).events_lost, 0);
  });
}

test("events that go round are stopped and the way is named once", async (t) => {
  const round = `import { filter, pipeline, reinject } from "fast-ts";
pipeline("a", [filter((e) => e.service === "x" && (e.metric ?? 0) > 0), reinject({ hops: 3 })]);
`;
  const daemon = await DaemonProcess.start(t, { "round.ts": round }, ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "x", metric_d: 1 }, { service: "x", metric_d: 2 });
  const message = "events go round: those reinjected too often are dropped";
  const line = await daemon.logged(message);
  assert.deepEqual([line.pipeline, line.stage, line.trail], ["a", "reinject#1", "a → a → a → a"]);
  await balanced(daemon, ([now]) => now?.stages[1]?.dropped.refused === 2);
  const report = await daemon.pipeline("a");
  assert.deepEqual([report.offered, report.stages[1]?.delivered], [8, 6]);
  assert.equal(daemon.linesOf(message).length, 1);
});
