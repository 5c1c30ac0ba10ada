import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "./client.ts";
import { COUNTING, counted, countingRoute } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";
import { Load } from "./load.ts";

/** A stage whose promise never settles, as a fetch without a time-out. */
const STUCK = `stage("never", () => () => new Promise(() => {}))`;

function stuckRoute(options = ""): string {
  return `import { pipeline, stage } from "fast-ts";\npipeline("stuck", [${STUCK}]${options});\n`;
}

const OVERLOADS = `import { filter, pipeline, stdout } from "fast-ts";
pipeline("overloads", [filter((e) => e.service?.startsWith("fast-ts overload")), stdout({ format: "json" })]);
`;

for (const workers of [0, 1]) {
  test(`a stage that never settles stalls its own pipeline, once and counted, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(
      t,
      { "_count.ts": COUNTING, "good.ts": countingRoute("good"), "stuck.ts": stuckRoute(), "over.ts": OVERLOADS },
      ["--workers", String(workers)],
    );
    const load = await Load.open(t, daemon.port);
    await load.run(2_000);
    await daemon.logged("pipeline stalled");
    const before = daemon.megabytes;
    for (let round = 0; round < 5; round++) await load.run(1_000);
    const grown = daemon.megabytes - before;
    const acked = load.acknowledged(daemon);
    t.diagnostic(`the longest wait for an answer was ${load.slowest.toFixed(1)} s`);

    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    assert.deepEqual(await counted(daemon, client, "good"), acked);
    const line = await daemon.until("the overload event", () => daemon.printed.find((one) => one.includes("overload")));
    const event = JSON.parse(line);
    assert.equal(event.service, "fast-ts overload stuck");
    assert.equal(event.attributes.pipeline, "stuck");
    assert.match(event.description, /never#0/);
    // Each is offered the load, the question, and the overload event.
    await balanced(daemon, (now) => now.every(({ offered }) => offered === acked.n + 2));
    const stuck = await daemon.pipeline("stuck");
    assert.equal(stuck.state, "stalled");
    assert.ok(stuck.shed > acked.n - 100_000, `all but what the inbox holds was shed, got ${stuck.shed}`);
    assert.equal(stuck.stages[0]?.handled, 0);
    assert.deepEqual(
      daemon.linesOf("pipeline stalled").map((one) => one.pipeline),
      ["stuck"],
      "one line an episode",
    );
    assert.equal(daemon.printed.filter((one) => one.includes("fast-ts overload")).length, 1, "one event an episode");
    // Half a million events went by meanwhile: held, they would be 100 MB.
    assert.ok(grown < 60, `memory grew by ${grown} MB`);
  });
}

for (const workers of [0, 1]) {
  test(`onFull "wait" refuses senders after two seconds instead of shedding, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, { "stuck.ts": stuckRoute(`, { onFull: "wait", inbox: 100 }`) }, [
      "--workers",
      String(workers),
    ]);
    // The ring to the workers holds some 8 MB before senders feel anything.
    const load = await Load.open(t, daemon.port, { connections: 1 });
    load.start();
    await daemon.until("a refusal", () => load.refused.n > 0);
    await load.pause();
    t.diagnostic(`the longest wait for an answer was ${load.slowest.toFixed(1)} s`);
    assert.equal(load.cutOff, 0);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const answer = await client.ask({ events: [{ service: "late" }] });
    assert.equal(answer.ok, false);
    assert.match(answer.error ?? "", /overloaded/);
    assert.equal(await daemon.metric("fast_ts_frames_refused_total"), load.refused.n / 100 + 1);
    const busy = "pipelines were busy for too long, senders are refused until they have caught up";
    await daemon.logged(busy);
    assert.equal(daemon.linesOf(busy).length, 1);
    await balanced(daemon);
    const stuck = await daemon.pipeline("stuck");
    assert.equal(stuck.shed, 0);
    if (workers === 0) assert.equal(stuck.offered, load.acked.n, "what was refused was not offered");
  });
}

test(`onFull "shed" never makes senders wait`, async (t) => {
  const daemon = await DaemonProcess.start(t, { "stuck.ts": stuckRoute(`, { onFull: "shed", inbox: 100 }`) }, [
    "--workers",
    "1",
  ]);
  const load = await Load.open(t, daemon.port);
  await load.run(500);
  assert.deepEqual(load.refused.n, 0, "senders that shed events need not wait for are not refused");
  const acked = load.acknowledged(daemon);
  await balanced(daemon, ([now]) => (now?.offered ?? 0) >= acked.n);
  const stuck = await daemon.pipeline("stuck");
  // A mailbox (1,024), an inbox of 100 that takes a batch whole, and a batch is what one read brings.
  assert.ok(stuck.shed > acked.n * 0.5, `shed ${stuck.shed} of ${acked.n}`);
  await daemon.logged("pipeline stalled");
  assert.equal(daemon.linesOf("pipeline stalled").length, 1);
});

test("a pipeline that stalls, recovers and stalls again says so once for each episode", async (t) => {
  const gate = `import { pipeline, stage } from "fast-ts";
let open = () => {};
let gate = new Promise<void>((resolve) => { open = resolve; });
pipeline("gated", [stage("gate", () => (e) => (e.service === "close" ? (gate = new Promise((r) => { open = r; })) : gate))], { inbox: 200, onFull: "shed" });
pipeline("opener", [stage("open", () => (e) => { if (e.service === "open") { open(); gate = Promise.resolve(); } })]);
`;
  const daemon = await DaemonProcess.start(t, { "gate.ts": gate }, ["--workers", "1"]);
  const load = await Load.open(t, daemon.port, { connections: 1, events: 50, window: 4 });
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  for (let episode = 1; episode <= 3; episode++) {
    if (episode > 1) await client.send({ service: "close" });
    await daemon.until(`stall ${episode}`, async () => {
      await load.run(60); // more than the inbox holds, sooner or later
      const { state, stages } = await daemon.pipeline("gated");
      return state === "stalled" && (stages[0]?.waiting ?? 0) >= 1024;
    });
    // What the page says the log may say later.
    const isTold = (): boolean =>
      daemon.linesOf("pipeline stalled").length > daemon.linesOf("pipeline recovered").length;
    await daemon.until(`the line of stall ${episode}`, isTold);
    const stalls = daemon.linesOf("pipeline stalled").length;
    await client.send({ service: "open" });
    await daemon.until(`recovery ${episode}`, () => daemon.linesOf("pipeline recovered").length === stalls);
    assert.equal(daemon.linesOf("pipeline stalled").length, stalls);
    // The next "close" is to be alone: behind what is still on its way it may be shed.
    await daemon.until("an empty inbox", async () => {
      const { offered, inbox, stages } = await daemon.pipeline("gated");
      return offered >= load.acked.n + 2 * episode - 1 && inbox === 0 && stages[0]?.waiting === 0;
    });
  }
  await balanced(daemon);
  const report = await daemon.pipeline("gated");
  assert.equal(
    daemon.linesOf("pipeline recovered").reduce((sum, line) => sum + Number(line.shed), 0),
    report.shed,
    "the lines tell all that was shed",
  );
});

for (const workers of [0, 1])
  test(`queries do not wait for an index behind a stage that never settles, with ${workers} workers`, async (t) => {
    const routes = {
      "index.ts": 'import { index, pipeline } from "fast-ts";\npipeline("index", [index()]);\n',
      "stuck.ts": `import { index, pipeline, stage } from "fast-ts";\npipeline("stuck", [${STUCK}, index()], { inbox: 1 });\n`,
    };
    const daemon = await DaemonProcess.start(t, routes, ["--workers", String(workers)]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const events = Array.from({ length: 2000 }, (_, n) => ({ host: String(n % 10) }));
    for (let n = 0; n < 3; n++) await client.send(...events);
    await daemon.logged("pipeline stalled");
    for (let n = 0; n < 20; n++) assert.equal((await client.ask({ query: { string: `host = "${n % 10}"` } })).ok, true);
  });
