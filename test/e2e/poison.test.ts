import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.ts";
import { COUNTING, counted, countingRoute } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced, chainImbalances, total } from "./ledger.ts";
import { Load } from "./load.ts";

const THROWS = `filter((e) => { if (e.service === "poison") throw new Error("poison " + e.metric); return true; }), `;

for (const workers of [0, 1, 2]) {
  test(`1 % poison at full load costs no other pipeline an event, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(
      t,
      {
        "_count.ts": COUNTING,
        "first.ts": countingRoute("first"),
        "poisoned.ts": countingRoute("poisoned", `map((e) => e), ${THROWS}`),
        "second.ts": countingRoute("second", "map((e) => e), "),
      },
      ["--workers", String(workers)],
    );
    const load = await Load.open(t, daemon.port, { event: (at) => ({ service: at === 7 ? "poison" : "load" }) });
    await load.run(1_000);
    const acked = load.acknowledged(daemon);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    assert.deepEqual(await counted(daemon, client, "first"), acked);
    assert.deepEqual(await counted(daemon, client, "second"), acked);

    // Each is offered everything, the two questions too.
    const pipelines = await balanced(daemon, (now) => now.every(({ offered }) => offered === acked.n + 2));
    for (const { name, shed } of pipelines) if (name !== "poisoned") assert.equal(shed, 0);
    const poisoned = await daemon.pipeline("poisoned");
    assert.deepEqual(chainImbalances(poisoned), []);
    const crashed = poisoned.stages.reduce((sum, stage) => sum + stage.lost.crash, 0);
    assert.equal(crashed, poisoned.restarts, "each restart cost the one event that caused it");
    assert.equal(crashed, total(poisoned.stages[1]?.lost ?? {}), "and nothing was lost to anything else");
    assert.ok(crashed >= 4, `it restarted until it was given up, got ${crashed} restarts`);
    assert.equal(poisoned.state, "failed");
    // What the page says the log may say later.
    await daemon.until("a line each", () => daemon.linesOf("stage threw, pipeline restarts").length === crashed);
  });
}

test("a poison event now and then costs the pipeline itself that event and nothing else", async (t) => {
  const daemon = await DaemonProcess.start(
    t,
    { "_count.ts": COUNTING, "poisoned.ts": countingRoute("poisoned", `map((e) => e), ${THROWS}`) },
    ["--workers", "1"],
  );
  const load = await Load.open(t, daemon.port);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  load.start();
  for (let n = 1; n <= 3; n++) {
    await client.send({ service: "poison", metric_sint64: n });
    await daemon.until(`restart ${n}`, async () => (await daemon.pipeline("poisoned")).restarts === n);
  }
  await load.pause();
  const acked = load.acknowledged(daemon);
  await client.send({ service: "last" });
  await balanced(daemon, (now) => now.every(({ offered, inbox }) => offered === acked.n + 4 && inbox === 0));
  const report = await daemon.pipeline("poisoned");
  assert.deepEqual(chainImbalances(report), []);
  assert.deepEqual(
    [report.state, report.shed, report.stages[1]?.lost.crash, report.stages[2]?.handled, report.emitted],
    ["running", 0, 3, acked.n + 1, acked.n + 1],
  );
  const line = await daemon.logged("stage threw, pipeline restarts");
  assert.equal(line.pipeline, "poisoned");
  assert.equal(line.stage, "filter#1");
  assert.match(String(line.error), /poison 1[\s\S]*poisoned\.ts:3:/, "the stack points at the user's own line");
});

test("a throw within FastTS, where the types of a route are wrong, names the stage's line", async (t) => {
  const route = `import { combine, folds, map, pipeline } from "fast-ts";
pipeline("combine", [
  combine(folds.sum as never)]);
pipeline("map", [
  map((() => 5) as never)]);`;
  const daemon = await DaemonProcess.start(t, { "a.ts": route }, ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "x" });
  const lines = await daemon.until("both", () => {
    const found = daemon.linesOf("stage threw, pipeline restarts");
    return found.length === 2 && found;
  });
  assert.match(String(lines[0]?.error), /\n {4}at [^\n]*a\.ts:3:3$/);
  assert.match(String(lines[1]?.error), /\n {4}at [^\n]*a\.ts:5:3$/);
});

test("a route that assigns to an event restarts at that line, and no other pipeline sees it", async (t) => {
  const daemon = await DaemonProcess.start(t, {
    "assigns.ts": `import { map, pipeline } from "fast-ts";
pipeline("assigns", [map((e: any) => { e.metric = e.metric * 100; return e; })]);`,
    "prints.ts": `import { pipeline, stdout } from "fast-ts";\npipeline("prints", [stdout({ format: "json" })]);`,
  });
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "share", metric_d: 0.5 });
  const printed = await daemon.until("the event", () => daemon.printed[0]);
  assert.deepEqual([JSON.parse(printed).service, JSON.parse(printed).metric], ["share", 0.5]);
  const line = await daemon.logged("stage threw, pipeline restarts");
  assert.match(String(line.error), /event\.metric = 50: an event is never changed.*\n +at .*assigns\.ts:2:/);
});
