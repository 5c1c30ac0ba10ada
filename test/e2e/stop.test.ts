import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess, type Exit, routeDir, spawnCli } from "./daemon-process.ts";
import { Load } from "./load.ts";

/** Prints at the end, for each connection of a load, how many of its events came and their sum. */
const TALLY = `import { event, map, pipeline, stage, stdout } from "fast-ts";
pipeline("tally", [map(async (e) => e), stage("tally", ({ emit, clock }) => {
  const hosts = new Map();
  return {
    onEvent(e) {
      const { n, sum } = hosts.get(e.host) ?? { n: 0, sum: 0 };
      hosts.set(e.host, { n: n + 1, sum: sum + (e.metric ?? 0) });
    },
    flush() {
      for (const [host, { n, sum }] of hosts)
        emit(event({ host, state: String(n), metric: sum, time: clock.now() }));
    },
  };
}), stdout({ format: (e) => ["tally", e.host, e.state, e.metric].join(" ") })]);
`;
const STUCK = `import { pipeline, stage } from "fast-ts";
pipeline("stuck", [stage("never", () => () => new Promise(() => {}))]);
`;

for (const [workers, signal] of [
  [0, "SIGTERM"],
  [1, "SIGTERM"],
  [2, "SIGINT"],
] as const) {
  test(`${signal} under load loses nothing that was acknowledged, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, { "tally.ts": TALLY }, ["--workers", String(workers)]);
    const load = await Load.open(t, daemon.port);
    load.start();
    await daemon.until("full load", () => load.acked.n > 20_000);
    daemon.signal(signal);
    const exit = await daemon.exit;
    assert.deepEqual(daemon.hangs, []);
    assert.deepEqual(exit, { code: 0, signal: null });
    const line = await daemon.logged("stopped");
    assert.equal(line.events_lost, 0);
    await daemon.until("all connections to be closed", () => load.cutOff === load.lanes.length);
    for (const lane of load.lanes) {
      const found = daemon.printed.find((one) => one.startsWith(`tally ${lane.host} `))?.split(" ") ?? [];
      const [n, sum] = [Number(found[2]), Number(found[3])];
      assert.ok(n >= lane.acked.n, `${lane.host}: ${lane.acked.n} were acknowledged, ${n} processed`);
      assert.deepEqual({ n, sum }, lane.prefix(n / 100), "whole messages, in order, each once");
    }
  });
}

for (const workers of [0, 1]) {
  test(`past the stop deadline it exits with 1 and names what was stuck, with ${workers} workers`, async (t) => {
    const flags = ["--workers", String(workers), "--stop-deadline", "0.5"];
    const daemon = await DaemonProcess.start(t, { "stuck.ts": STUCK }, flags);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    await client.send({ service: "one" }, { service: "two" });
    assert.deepEqual(await daemon.stop(), { code: 1, signal: null });
    const line = await daemon.logged("stop deadline passed, what was held is lost");
    assert.deepEqual(line.stuck, ["stuck: never#0"]);
    assert.equal(line.events, 2);
  });

  test(`past the stop deadline all that was acknowledged and not handled is lost, and counted, with ${workers} workers`, async (t) => {
    const route = STUCK.replace("]);", '], { inbox: 100, onFull: "wait" });');
    const flags = ["--workers", String(workers), "--stop-deadline", "0.5"];
    const daemon = await DaemonProcess.start(t, { "stuck.ts": route }, flags);
    const load = await Load.open(t, daemon.port);
    load.start();
    await daemon.until("a refusal", () => load.refused.n > 0);
    await load.pause();
    const { n } = load.acknowledged(daemon);
    assert.deepEqual(await daemon.stop(), { code: 1, signal: null });
    const line = await daemon.logged("stop deadline passed, what was held is lost");
    assert.equal(line.events, n);
  });

  test(`a second signal ends it at once and says what is lost, with ${workers} workers`, async (t) => {
    const flags = ["--workers", String(workers), "--stop-deadline", "600"];
    const daemon = await DaemonProcess.start(t, { "stuck.ts": STUCK }, flags);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    await client.send({ service: "one" });
    let exit: Exit | null = null;
    void daemon.exit.then((ended) => {
      exit = ended;
    });
    // Those within a second of the first may be its echo.
    await daemon.until("its end", () => {
      if (exit === null) daemon.signal("SIGTERM");
      return exit !== null;
    });
    assert.deepEqual(exit, { code: 1, signal: null });
    const [line] = daemon.linesOf("told to end at once, what was held is lost");
    assert.deepEqual([line?.pipelines, line?.events], [["stuck"], 1]);
  });
}

test("an idle client does not hold up a stop", async (t) => {
  const daemon = await DaemonProcess.start(t, {}, ["--stop-deadline", "600"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
});

test("a stop in the middle of a reload loses nothing", async (t) => {
  const daemon = await DaemonProcess.start(t, { "tally.ts": TALLY }, ["--workers", "1", "--no-watch"]);
  const load = await Load.open(t, daemon.port);
  load.start();
  await daemon.until("full load", () => load.acked.n > 20_000);
  daemon.write(
    "another.ts",
    `import { pipeline, stage } from "fast-ts";\npipeline("x", [stage("x", () => () => {})]);\n`,
  );
  daemon.signal("SIGHUP");
  daemon.signal("SIGTERM");
  const exit = await daemon.exit;
  assert.deepEqual(daemon.hangs, []);
  assert.deepEqual(exit, { code: 0, signal: null });
  const told = daemon.printed.reduce((sum, line) => sum + Number(line.split(" ")[2]), 0);
  assert.ok(told >= load.acked.n, `${load.acked.n} were acknowledged, ${told} processed`);
});

/** Starts what cannot start; returns the exit code and everything it said. */
async function refused(t: TestContext, args: readonly string[]) {
  const child = spawnCli(t, ["start", "--log-format", "json", ...args]);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += String(chunk)));
  const [code] = await once(child, "close");
  return { code, text };
}

test("what it cannot start with is told in one line, without a stack", async (t) => {
  const dir = routeDir(t, { "ok.ts": `import { pipeline, stdout } from "fast-ts";\npipeline("ok", [stdout()]);\n` });
  const busy = createServer().listen(0, "127.0.0.1");
  t.after(() => busy.close());
  await once(busy, "listening");
  const address = busy.address();
  const port = typeof address === "object" && address !== null ? String(address.port) : "";
  const good = ["--route-dir", dir, "--port", "0", "--http-port", "0"];
  const cases: readonly (readonly [words: readonly string[], says: RegExp])[] = [
    [["--route-dir", dir, "--port", port, "--http-port", "0"], new RegExp(`${port}.*in use.*--port`)],
    [["--route-dir", dir, "--port", "0", "--http-port", port], new RegExp(`${port}.*in use.*--http-port`)],
    [["--route-dir", `${dir}/none`, "--port", "0", "--http-port", "0"], /none/],
    [[...good, "--workers", "many"], /--workers: must be .*"many"/],
    [[...good, "--wrokers", "1"], /wrokers/],
    [[...good, "--inbox", "0"], /--inbox: must be .*"0"/],
  ];
  for (const [args, says] of cases) {
    const { code, text } = await refused(t, args);
    assert.notEqual(code, 0, text);
    assert.notEqual(code, null, text);
    const { error } = JSON.parse(text);
    assert.match(error, says);
    assert.doesNotMatch(error, /^\s+at /m);
  }
});
