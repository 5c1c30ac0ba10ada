import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Client } from "./client.ts";
import { COUNTING, counted, countingRoute } from "./counting.ts";
import { DaemonProcess, type Files } from "./daemon-process.ts";
import { balanced, total } from "./ledger.ts";
import { Load } from "./load.ts";

/** Two pipelines, in a worker each: `good` counts, `bad` does what its event's service names. */
function routesThat(does: Readonly<Record<string, string>>): Files {
  const cases = Object.entries(does).map(([service, what]) => `if (e.service === "${service}") { ${what} }`);
  return {
    "_count.ts": COUNTING,
    "good.ts": countingRoute("good"),
    "bad.ts": countingRoute("bad", `map((e) => { ${cases.join("\n")} return e; }), `),
  };
}

/** The same: `bad` does `what` with an event of the service `trigger`. */
function routes(what: string): Files {
  return routesThat({ trigger: what });
}

/** Sleeps for ever: a hang as any other, but what tells it from a long work is not delayed by others that work. */
const HANGS = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";

const ENDS: readonly (readonly [name: string, what: string])[] = [
  ["loops for ever", "for (;;) {}"],
  ["exhausts its heap", "const all: unknown[] = []; for (;;) all.push([e.metric, 1.5, 2.5, 3.5]);"],
  ["exits the process", "process.exit(0);"],
];

for (const [name, what] of ENDS) {
  test(`a route that ${name} costs one worker, and the other one's pipelines nothing`, async (t) => {
    const daemon = await DaemonProcess.start(t, routes(what), ["--workers", "2"]);
    const [good, bad] = [await daemon.pipeline("good"), await daemon.pipeline("bad")];
    assert.notEqual(good.worker, bad.worker);
    const load = await Load.open(t, daemon.port);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    load.start();
    await daemon.until("full load", () => load.acked.n > 20_000);
    await client.send({ service: "trigger" });
    await daemon.until("the worker to be replaced", async () => {
      assert.equal((await daemon.page("/healthz")).status, 200); // all the while
      return (await daemon.tree()).workers.find(({ id }) => id === bad.worker)?.replaced === 1;
    });
    await daemon.until("the new worker to take events", async () => {
      const { accepted } = await daemon.pipeline("bad");
      return daemon.until("more", async () => (await daemon.pipeline("bad")).accepted > accepted);
    });
    await load.pause();
    const acked = load.acknowledged(daemon, daemon.hangs.length); // one that allocates may hang for long before it dies
    assert.ok(daemon.hangs.length >= Number(name === "loops for ever"));
    t.diagnostic(`the longest wait for an answer was ${load.slowest.toFixed(1)} s`);
    assert.deepEqual(await counted(daemon, client, "good"), acked);
    await counted(daemon, client, "bad");

    // Each is offered all: the load, the trigger, both questions.
    await balanced(daemon, (now) => now.every(({ offered }) => offered === acked.n + 3));
    const after = await daemon.pipeline("good");
    assert.deepEqual([after.shed, total(after.lost), after.restarts], [0, 0, 0]);
    const { shed, lost, stages } = await daemon.pipeline("bad");
    assert.ok(stages[0] !== undefined && stages[0].lost.worker + lost.worker + shed > 0, "the loss has its reason");
    assert.equal(stages.at(-1)?.handled, acked.n + 2 - shed - lost.worker - (stages[0]?.lost.worker ?? 0) + 1);
    assert.deepEqual(
      (await daemon.tree()).workers.map(({ state }) => state),
      ["running", "running"],
    );
  });
}

test("a pipeline that shares the lost worker starts anew, and each of its events is handled or counted", async (t) => {
  const daemon = await DaemonProcess.start(t, routes("process.exit(1);"), ["--workers", "1"]);
  const load = await Load.open(t, daemon.port);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  load.start();
  for (const n of [1, 2]) {
    await daemon.until("full load", () => load.acked.n > n * 20_000);
    await client.send({ service: "trigger" });
    await daemon.until("the worker to be replaced", async () => (await daemon.tree()).workers[0]?.replaced === n);
  }
  await load.pause();
  const acked = load.acknowledged(daemon);
  await balanced(daemon, (now) => now.every(({ offered }) => offered === acked.n + 2));
  const [good, bad] = [await daemon.pipeline("good"), await daemon.pipeline("bad")];
  // What the thread still held of `good`, behind a turn that was over, is lost with it.
  assert.deepEqual([good.shed, ...good.stages.map((stage) => total(stage.lost))], [0, 0]);
  assert.equal(total(good.lost), good.lost.worker);
  assert.equal(good.stages.at(-1)?.handled, acked.n + 2 - good.lost.worker);
  assert.equal(bad.shed, 0);
  assert.ok(total(bad.lost) + (bad.stages[0]?.lost.worker ?? 0) >= 2, "the triggers, and what stood behind them");
});

/** What goes wrong outside of a stage. */
const STRAYS = {
  "an exception of a timer of its own": `setTimeout(() => { throw new Error("stray"); }, 1);`,
  "a rejection that nobody handles": `void Promise.reject(new Error("stray"));`,
};

/** The same, where nothing in the stack is the user's. */
const STRANGERS = {
  "a fetch that fails": `void fetch("http://127.0.0.1:1/");`,
  "a socket that fails": `import("node:net").then(({ connect }) => connect(1, "127.0.0.1"));`,
  "a rejection with a text": `void Promise.reject("stray");`,
};

for (const workers of [0, 1])
  test(`what fails outside of a stage is put down to the pipeline that began it, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, routesThat(STRANGERS), ["--workers", String(workers)]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    // Three in five seconds is all that a pipeline may have.
    for (const [before, service] of Object.keys(STRANGERS).entries()) {
      await client.send({ service });
      await daemon.until(
        `a restart for ${service}`,
        async () => (await daemon.pipeline("bad")).restarts === before + 1,
      );
    }
    await client.send({ service: "after" });
    await daemon.until("the next event", async () => (await daemon.pipeline("bad")).stages.at(-1)?.handled === 4);
    assert.equal((await daemon.pipeline("good")).restarts, 0);
    for (const one of (await daemon.tree()).workers) assert.equal(one.replaced, 0);
  });

test("frames too long for the ring survive the worker that should have read them", async (t) => {
  const daemon = await DaemonProcess.start(t, routes(HANGS), ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "trigger" });
  for (let n = 0; n < 3; n++) await client.send({ service: "long", description: "x".repeat(300_000) });
  await balanced(daemon, (now) => now.every(({ offered }) => offered === 4));
  const good = await daemon.pipeline("good");
  assert.equal((await daemon.tree()).workers[0]?.replaced, 1);
  assert.deepEqual([good.shed, total(good.lost), good.stages.at(-1)?.handled], [0, 0, 4]);
});

test("what route code tells to the main thread is nobody's business", async (t) => {
  const daemon = await DaemonProcess.start(
    t,
    routes(`import("node:worker_threads").then(({ parentPort }) => {
      parentPort?.postMessage(null);
      parentPort?.postMessage({ kind: "log", level: "nope" });
    });`),
    ["--workers", "1"],
  );
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "trigger" });
  await client.send({ service: "after" });
  await daemon.until("the next event", async () => (await daemon.pipeline("bad")).stages.at(-1)?.handled === 2);
  assert.equal((await daemon.pipeline("bad")).restarts, 0);
});

for (const workers of [0, 1])
  test(`what route code throws outside of a stage restarts the pipelines of that file only, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, routesThat(STRAYS), ["--workers", String(workers)]);
    const load = await Load.open(t, daemon.port);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    for (const [before, service] of Object.keys(STRAYS).entries()) {
      await load.run(100);
      await client.send({ service });
      await daemon.until(
        `a restart for ${service}`,
        async () => (await daemon.pipeline("bad")).restarts === before + 1,
      );
      await load.run(100);
    }
    assert.deepEqual(await counted(daemon, client, "good"), load.acknowledged(daemon));
    assert.equal((await daemon.pipeline("good")).restarts, 0);
    const lines = daemon.linesOf("route code threw outside a stage, its pipeline restarts");
    assert.deepEqual(
      lines.map(({ pipeline, error }) => [pipeline, /stray[\s\S]*bad\.ts:(\d+):/.exec(String(error))?.[1]]),
      [
        ["bad", "3"],
        ["bad", "4"],
      ],
    );
    for (const one of (await daemon.tree()).workers) assert.equal(one.replaced, 0);
    await balanced(daemon);
  });

/** A route file whose own code, not that of a stage, throws as soon as it is loaded to run, and before its pipelines do. */
function throwsEarly(pipeline: string, how: string): string {
  return `import { workerData } from "node:worker_threads";
const isTriedOut = workerData?.files !== undefined;
if (!isTriedOut) ${how}
${countingRoute(pipeline)}`;
}

const EARLY: readonly (readonly [workers: number, what: string, how: string])[] = [
  [0, "a callback", `setImmediate(() => { throw new Error("early"); });`],
  [1, "a callback", `setImmediate(() => { throw new Error("early"); });`],
  [2, "a callback", `setImmediate(() => { throw new Error("early"); });`],
  [2, "a rejection without a stack", `setImmediate(() => void Promise.reject("early"));`],
];

for (const [workers, what, how] of EARLY)
  test(`what ${what} throws before the pipelines of its file run costs no worker, with ${workers} workers`, async (t) => {
    const files = { "_count.ts": COUNTING, "good.ts": countingRoute("good"), "bad.ts": throwsEarly("bad", how) };
    const daemon = await DaemonProcess.start(t, files, ["--workers", String(workers)]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const threw = (name: string): number =>
      daemon.log.filter(
        ({ msg, file, pipeline, error }) =>
          msg.startsWith("route code threw outside a stage") &&
          (pipeline === name || String(file).endsWith(`${name}.ts`)) &&
          /early/.test(String(error)) &&
          (what !== "a callback" || String(error).includes(`${name}.ts:3:`)),
      ).length;
    await daemon.until("the throw at the start", () => threw("bad") > 0);
    daemon.write("late.ts", throwsEarly("late", how));
    await daemon.logged("routes reloaded");
    await daemon.until("the throw at the reload", () => threw("late") > 0);
    await client.send({ service: "one" });
    for (const name of ["good", "bad", "late"])
      await daemon.until(
        `${name} to have the event`,
        async () => (await daemon.pipeline(name)).stages.at(-1)?.handled === 1,
      );
    assert.equal((await daemon.pipeline("good")).restarts, 0);
    for (const one of (await daemon.tree()).workers) assert.equal(one.replaced, 0);
    await balanced(daemon);
  });

test("what a route file throws once it is gone costs no worker", async (t) => {
  const gone = `const { port1, port2 } = new MessageChannel();
port2.on("message", () => { throw new Error("left behind"); });
(globalThis as { poke?: () => void }).poke = () => port1.postMessage(1);
${countingRoute("bad")}`;
  const poking = `${countingRoute("good", "map((e) => { (globalThis as { poke?: () => void }).poke?.(); return e; }), ")}`;
  const files = { "_count.ts": COUNTING, "good.ts": poking, "bad.ts": gone };
  const daemon = await DaemonProcess.start(t, files, ["--workers", "1"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  rmSync(join(daemon.dir, "bad.ts"));
  await daemon.logged("routes reloaded");
  await client.send({ service: "poke" });
  const { file } = await daemon.logged("route code threw outside a stage, none of its pipelines runs here");
  assert.match(String(file), /bad\.ts$/);
  assert.deepEqual(
    (await daemon.tree()).workers.map(({ replaced }) => replaced),
    [0],
  );
});

for (const workers of [0, 1])
  test(`what Node warns of is a line of the log each, with ${workers} workers`, async (t) => {
    const warn = `process.emitWarning("use new", { type: "DeprecationWarning", code: "OLD1", detail: "in 2.0" });`;
    const daemon = await DaemonProcess.start(t, routes(`${warn} ${warn}`), ["--workers", String(workers)]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    await client.send({ service: "trigger" });
    const line = await daemon.logged("Node warns");
    const { level, name, code, warning } = line;
    const said = { level, name, code, warning };
    assert.deepEqual(said, { level: "warn", name: "DeprecationWarning", code: "OLD1", warning: "use new\nin 2.0" });
    await client.send({ service: "after" });
    await daemon.until("the next event", async () => (await daemon.pipeline("bad")).stages.at(-1)?.handled === 2);
    await daemon.stop();
    assert.equal(daemon.linesOf("Node warns").length, 1);
    assert.deepEqual(daemon.linesOf("route code wrote to the standard error"), []);
    assert.deepEqual(
      daemon.log.filter((one) => one.level === "none"),
      [],
      "each line is JSON",
    );
  });

/** Ends the worker of `bad` so often that it is given a rest: four times, or more where it takes long to start. */
async function endTooOften(daemon: DaemonProcess, client: Client): Promise<void> {
  const rests = (): number => daemon.log.filter(({ msg }) => msg.startsWith("worker failed")).length;
  const ends = (): number => daemon.linesOf("worker is replaced, its pipelines start anew").length + rests();
  // By the log: /api/pipelines is rendered once a second, which is too seldom to see four ends in five.
  while (rests() === 0) {
    const before = ends();
    await client.send({ service: "trigger" });
    await daemon.until(`end ${before + 1}`, () => ends() > before);
  }
}

test("a worker that ends again and again is left alone for a while, and its events are counted as shed", async (t) => {
  const daemon = await DaemonProcess.start(t, routes("process.exit(1);"), ["--workers", "2"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await endTooOften(daemon, client);
  const before = await daemon.pipeline("bad");
  assert.equal(before.state, "failed");
  const load = await Load.open(t, daemon.port);
  await load.run(100);
  const acked = load.acknowledged(daemon);
  const offered = before.offered + acked.n;
  await balanced(daemon, (now) => now.every((one) => one.name !== "bad" || one.offered === offered));
  assert.equal((await daemon.pipeline("bad")).shed - before.shed, acked.n);
  assert.equal((await daemon.page("/readyz")).status, 503);
  assert.deepEqual(await counted(daemon, client, "good"), acked);
});

test("a reload with better routes brings back a worker that was left alone, with nothing uncounted", async (t) => {
  const daemon = await DaemonProcess.start(t, routes("process.exit(1);"), ["--workers", "2", "--no-watch"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await endTooOften(daemon, client);
  const load = await Load.open(t, daemon.port);
  await load.run(100);
  daemon.write("bad.ts", countingRoute("bad", "map((e) => e), "));
  daemon.signal("SIGHUP");
  await daemon.until("the worker to be back", async () => (await daemon.pipeline("bad")).state === "running");
  const shed = (await daemon.pipeline("bad")).shed;
  assert.ok(shed >= load.acknowledged(daemon).n);
  const again = await Load.open(t, daemon.port);
  await again.run(100);
  assert.deepEqual(await counted(daemon, client, "bad"), again.acknowledged(daemon));
  // Both are offered the same, all told.
  await balanced(daemon, ([one, other]) => one?.offered === other?.offered);
  const bad = await daemon.pipeline("bad");
  assert.equal(bad.shed, shed);
});

test("workers that end while routes are reloaded, again and again, leave nothing uncounted", async (t) => {
  const daemon = await DaemonProcess.start(t, routes("process.exit(1);"), ["--workers", "2", "--no-watch"]);
  const load = await Load.open(t, daemon.port);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  load.start();
  let ends = 0;
  for (let n = 1; n <= 8; n++) {
    const text = routes("process.exit(1);")["bad.ts"] ?? "";
    daemon.write("bad.ts", text.replace("return e;", `return e.with({ description: "${n}" });`));
    daemon.signal("SIGHUP");
    // Not more than three ends in five seconds: after that it would be left alone.
    if (n % 4 === 0) {
      ends++;
      await client.send({ service: "trigger" });
    }
    await daemon.until(`reload ${n}`, async () => {
      const { succeeded, failed } = (await daemon.tree()).reloads;
      return succeeded + failed === n + 1;
    });
  }
  await daemon.until("all ends", async () => {
    const { workers } = await daemon.tree();
    return workers.reduce((sum, { replaced }) => sum + replaced, 0) === ends;
  });
  await load.pause();
  const acked = load.acknowledged(daemon);
  await counted(daemon, client, "bad");
  await balanced(daemon, (now) => now.every(({ offered }) => offered === acked.n + ends + 1));
  assert.deepEqual(await counted(daemon, client, "good"), acked);
});
