import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { rounds } from "../rounds.ts";
import { Client } from "./client.ts";
import { COUNTING, counted } from "./counting.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { killWorkers } from "./kill-workers.ts";
import { balanced, total } from "./ledger.ts";
import { Load } from "./load.ts";

const FROM = `import { pipeline, publish } from "fast-ts";
pipeline("from", [publish("all")]);
`;
const TO = `import { pipeline, subscribe } from "fast-ts";
import { count } from "./_count.ts";
pipeline("to", [subscribe("all"), count("to")]);
`;
const BESIDE = `import { pipeline } from "fast-ts";
import { count } from "./_count.ts";
pipeline("beside", [count("beside")]);
`;

for (const workers of [0, 1, 2]) {
  test(`a channel brings every event, through reloads of both its ends, with ${workers} workers`, async (t) => {
    const files = { "_count.ts": COUNTING, "beside.ts": BESIDE, "from.ts": FROM, "to.ts": TO };
    const daemon = await DaemonProcess.start(t, files, ["--workers", String(workers), "--no-watch"]);
    const [from, to] = [await daemon.pipeline("from"), await daemon.pipeline("to")];
    assert.equal(from.worker, to.worker, "both ends are in one thread");
    const load = await Load.open(t, daemon.port);
    load.start();
    for (let n = 1; n <= rounds(4); n++) {
      if (n % 3 > 0) daemon.write("from.ts", `${FROM}console.log(${n});\n`);
      if (n % 3 < 2) daemon.write("to.ts", `${TO}console.log(${n});\n`);
      daemon.signal("SIGHUP");
      await daemon.until(`reload ${n}`, async () => (await daemon.tree()).reloads.succeeded === n + 1);
    }
    await load.pause();
    load.acknowledged(daemon);
    const reports = await balanced(daemon, (now) =>
      now.every(({ inbox, offered }) => inbox === 0 && offered === load.acked.n),
    );
    assert.deepEqual(reports.map(({ name }) => name).toSorted(), ["beside", "from", "to"]);
    for (const { name, shed, lost, emitted } of reports)
      assert.deepEqual([name, shed, total(lost), emitted], [name, 0, 0, load.acked.n]);
  });

  test(`what a pipeline has yet to publish at a reload that ends it comes to who subscribed, with ${workers} workers`, async (t) => {
    const slow = `import { map, pipeline, publish, stdout, subscribe } from "fast-ts";
pipeline("slow", [map((e) => {
  for (const until = performance.now() + 10; performance.now() < until; );
  return e;
}), publish("all")]);
pipeline("to", [subscribe("all"), stdout({ format: (e) => e.service + " through the channel" })]);
`;
    const alone = `import { pipeline, stdout } from "fast-ts";
pipeline("to", [stdout({ format: (e) => e.service + " from outside" })]);
`;
    const flags = ["--workers", String(workers), "--no-watch"];
    const daemon = await DaemonProcess.start(t, { "a.ts": slow }, flags);
    const client = await Client.open(daemon.port);
    const services = Array.from({ length: 200 }, (_, n) => `${n}`);
    await client.send(...services.map((service) => ({ service })));
    daemon.write("a.ts", alone);
    daemon.signal("SIGHUP");
    await daemon.until("the reload", async () => (await daemon.tree()).reloads.succeeded === 2);
    await client.send({ service: "last" });
    await daemon.until("the last event", () => daemon.printed.includes("last from outside"));
    client.close();
    await daemon.stop();
    const wanted = [...services.map((one) => `${one} through the channel`), "last from outside"];
    assert.deepEqual(daemon.printed.toSorted(), wanted.toSorted());
  });

  for (const [what, from] of Object.entries({ "runs on": "from.ts", "ends as well": "to.ts" }))
    test(`what a pipeline that ${what} awaits at a reload that ends its channel comes to who subscribed, with ${workers} workers`, async (t) => {
      const waiting = `import { pipeline, publish, stage, stdout, subscribe } from "fast-ts";
import { existsSync } from "node:fs";
const open = async () => {
  while (!existsSync(new URL("open", import.meta.url))) await new Promise((next) => setTimeout(next, 10));
};
pipeline("from", [stage("waits", ({ emit }) => async (e) => { await open(); emit(e); }), publish("all")]);
`;
      const to = `import { pipeline, subscribe, stdout } from "fast-ts";
pipeline("to", [subscribe("all"), stdout({ format: (e) => e.service + " through the channel" })]);
`;
      const files = { "from.ts": waiting, "to.ts": to };
      const daemon = await DaemonProcess.start(t, files, ["--workers", String(workers), "--no-watch"]);
      const client = await Client.open(daemon.port);
      await client.send({ service: "one" }, { service: "two" });
      await daemon.until("the events to be waited with", async () => (await daemon.pipeline("from")).offered === 2);
      daemon.write("to.ts", 'import { pipeline, stdout } from "fast-ts";\npipeline("to", [stdout()]);\n');
      if (from === "to.ts") daemon.write("from.ts", `${waiting}console.log();\n`);
      daemon.signal("SIGHUP");
      await daemon.until("the reload", async () => (await daemon.tree()).reloads.succeeded === 2);
      writeFileSync(join(daemon.dir, "open"), "");
      await daemon.until("both events", () => daemon.printed.includes("two through the channel"));
      client.close();
      await daemon.stop();
      assert.deepEqual(
        daemon.printed.filter((line) => line !== ""),
        ["one through the channel", "two through the channel"],
      );
    });

  test(`a stop under load lets subscribers have all that was published, with ${workers} workers`, async (t) => {
    const tally = `import { event, pipeline, stage, stdout, subscribe } from "fast-ts";
pipeline("tally", [subscribe("all"), stage("tally", ({ emit, clock }) => {
  let n = 0;
  return {
    onEvent: async () => void n++,
    flush: () => emit(event({ metric: n, time: clock.now() })),
  };
}), stdout({ format: (e) => "tally " + e.metric })]);
`;
    const from = `import { fixedEventWindow, pipeline, publish, sflatten } from "fast-ts";
pipeline("from", [fixedEventWindow(1000), sflatten(), publish("all")]);
`;
    const daemon = await DaemonProcess.start(t, { "a.ts": tally, "b.ts": from }, ["--workers", String(workers)]);
    const load = await Load.open(t, daemon.port);
    load.start();
    await daemon.until("full load", () => load.acked.n > 20_000);
    daemon.signal("SIGTERM");
    const exit = await daemon.exit;
    assert.deepEqual(daemon.hangs, []);
    assert.deepEqual(exit, { code: 0, signal: null });
    assert.equal((await daemon.logged("stopped")).events_lost, 0);
    const n = Number(daemon.printed.find((line) => line.startsWith("tally "))?.split(" ")[1]);
    assert.ok(n >= load.acked.n && n <= load.sent.n, `${load.acked.n} acknowledged, ${n} came through the channel`);
  });
}

test("pipelines that a reload joins come together in one worker, no event is lost or doubled, nobody else starts anew", async (t) => {
  const alone = `import { pipeline } from "fast-ts";
import { count } from "./_count.ts";
pipeline("a", [count("a")]);
pipeline("also with b", [count("also with b")]);
pipeline("also a", [count("also a")]);
`;
  const joined = `import { pipeline, publish, subscribe } from "fast-ts";
import { count } from "./_count.ts";
pipeline("a", [count("a"), publish("x")]);
pipeline("also with b", [count("also with b")]);
pipeline("also a", [count("also a"), publish("x")]);
pipeline("c", [subscribe("x"), count("c")]);
`;
  const unchanged = `import { pipeline, publish } from "fast-ts";
import { count } from "./_count.ts";
pipeline("b", [count("b"), publish("x")]);
pipeline("with a", [count("with a")]);
pipeline("with b", [count("with b")]);
`;
  const files = { "_count.ts": COUNTING, "a.ts": alone, "b.ts": unchanged };
  const daemon = await DaemonProcess.start(t, files, ["--workers", "2", "--no-watch"]);
  const workers = async () => Object.fromEntries((await daemon.tree()).pipelines.map((one) => [one.name, one.worker]));
  const before = { a: 1, "also a": 1, "with a": 1, b: 2, "with b": 2, "also with b": 2 };
  assert.deepEqual(await workers(), before);
  const load = await Load.open(t, daemon.port);
  load.start();
  await daemon.until("some load", () => load.acked.n > 10_000);
  daemon.write("a.ts", joined);
  daemon.signal("SIGHUP");
  const message = "channels, the index or a sink join pipelines of several workers: these move, and start anew";
  assert.deepEqual((await daemon.logged(message)).pipelines, ["b"]);
  const between = load.acked.n;
  await daemon.until("more load", () => load.acked.n > between + 10_000);
  await load.pause();
  assert.deepEqual(await workers(), { ...before, b: 1, c: 1 });
  const settled = await balanced(daemon, (now) =>
    now.every(({ name, inbox, offered }) => inbox === 0 && (name === "c" || offered === load.acked.n)),
  );
  for (const { name, shed, lost, emitted } of settled.filter(({ name }) => name !== "c"))
    assert.deepEqual([name, shed, total(lost), emitted], [name, 0, 0, load.acked.n]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  for (const name of ["with a", "with b"]) assert.deepEqual(await counted(daemon, client, name), load.acked);
  const { n } = await counted(daemon, client, "c");
  const asked = 3 * 3; // each question came by all publishers
  assert.equal(n, (await daemon.pipeline("c")).offered - asked);
});

test("routes whose channels go round in a circle do not load", async (t) => {
  const circle = `import { pipeline, publish, subscribe } from "fast-ts";
pipeline("a", [subscribe("x"), publish("y")]);
pipeline("b", [subscribe("y"), publish("x")]);
`;
  const daemon = await DaemonProcess.start(t, { "from.ts": FROM }, ["--workers", "1", "--no-watch"]);
  const doubts = await daemon.logged("routes load, with warnings");
  assert.match(
    String(doubts.problems),
    /from\.ts:2:1: warning: pipeline "from" publishes to channel "all", to which no/,
  );
  daemon.write("circle.ts", circle);
  daemon.signal("SIGHUP");
  const line = await daemon.logged("routes not reloaded, the old ones go on");
  assert.match(String(line.problems), /pipeline "a" → channel "y" → pipeline "b" → channel "x" → pipeline "a"/);
});

test("a pipeline does not move while a worker is behind: the routes do not load, and say so", async (t) => {
  const stuck = `import { map, pipeline } from "fast-ts";
pipeline("a", [map(() => new Promise(() => {}))], { inbox: 10, onFull: "wait", spread: false });
`;
  const b = `import { pipeline } from "fast-ts";
import { count } from "./_count.ts";
pipeline("b", [count("b")]);
`;
  const files = { "_count.ts": COUNTING, "a.ts": stuck, "b.ts": b };
  const daemon = await DaemonProcess.start(t, files, ["--workers", "2", "--no-watch", "--stop-deadline", "0.1"]);
  const load = await Load.open(t, daemon.port);
  load.start();
  await daemon.until("the stuck one to be full", async () => (await daemon.pipeline("a")).inbox >= 10);
  daemon.write("b.ts", b.replace("count(", 'publish("x"), count(').replace("{ pipeline }", "{ pipeline, publish }"));
  daemon.write("a.ts", stuck.replace("[map", '[publish("x"), map').replace("{ map,", "{ map, publish,"));
  daemon.signal("SIGHUP");
  const line = await daemon.logged("routes not reloaded, the old ones go on");
  assert.match(
    String(line.problems),
    /channels, the index or a sink join pipelines of several workers, and "b" cannot move now: a worker/,
  );
  assert.notEqual((await daemon.pipeline("a")).worker, (await daemon.pipeline("b")).worker);
});

for (const workers of [1, 2])
  test(`the books of both ends of a channel balance after a worker was lost, with ${workers} workers`, async (t) => {
    const deadly = `import { map, pipeline, subscribe } from "fast-ts";
pipeline("deadly", [subscribe("all"), map((e) => {
  if (e.service === "kill") process.exit(1);
  return e;
})]);
`;
    const files = { "_count.ts": COUNTING, "beside.ts": BESIDE, "deadly.ts": deadly, "from.ts": FROM, "to.ts": TO };
    const daemon = await DaemonProcess.start(t, files, ["--workers", String(workers), "--no-watch"]);
    const load = await Load.open(t, daemon.port);
    load.start();
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const killed = 4;
    await killWorkers(daemon, load, client, killed);
    await load.pause();
    // Too many ends: the last one rests, and what comes is shed.
    await balanced(daemon, (now) => {
      const from = now.find(({ name }) => name === "from");
      return from?.offered === load.acked.n + killed && now.every(({ inbox }) => inbox === 0);
    });
    const [from, to] = [await daemon.pipeline("from"), await daemon.pipeline("to")];
    assert.equal(to.shed, 0, "nothing is published where there is no worker");
    const published = from.stages[0]?.received ?? 0;
    assert.ok(to.offered <= published && to.offered >= published - killed, `${to.offered} of ${published}`);
  });
