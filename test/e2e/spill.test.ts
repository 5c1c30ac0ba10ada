import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { ItemCodec } from "../../src/delivery/item-codec.ts";
import { SPILL_FILES } from "../../src/delivery/open-store.ts";
import type { TargetReport } from "../../src/delivery/report.ts";
import { describeTarget } from "../../src/delivery/spill-directory.ts";
import { encodeItems } from "../../src/delivery/spill-entry.ts";
import { SpillLogs } from "../../src/delivery/spill-logs.ts";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";
import { CLI, fastTsHere } from "./fast-ts.ts";

/** A web server that takes events when it is told to. */
async function target(
  t: TestContext,
): Promise<{ port: number; isUp: boolean; readonly got: string[]; server: Server }> {
  const state = { port: 0, isUp: false, got: [] as string[], server: createServer() };
  state.server.on("request", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (!state.isUp) return void response.writeHead(503).end();
      for (const { service } of JSON.parse(Buffer.concat(chunks).toString())) state.got.push(service);
      response.end();
    });
  });
  state.server.listen(0, "127.0.0.1");
  await once(state.server, "listening");
  t.after(() => state.server.close());
  const address = state.server.address();
  state.port = typeof address === "object" && address !== null ? address.port : 0;
  return state;
}

/** What tells of an outage, ten seconds later, does not go there. */
const routes = (port: number, spill = "true"): Record<string, string> => ({
  "r.ts": `import { filter, pipeline, webhook } from "fast-ts";
pipeline("to disk", [filter((e) => e.host === "h"), webhook("http://127.0.0.1:${port}/", { spill: ${spill} })]);`,
});

const services = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `s${from + i}`);

async function send(daemon: DaemonProcess, names: readonly string[]): Promise<void> {
  const client = await Client.open(daemon.port);
  await client.send(...names.map((service) => ({ host: "h", service, metric_sint64: 1 })));
  client.socket.destroy();
}

for (const workers of [0, 2])
  test(`what a target did not take is sent by the next process, with ${workers} workers`, async (t) => {
    const web = await target(t);
    const data = join(routeDir(t, {}), "data");
    // A stop that waited for the target would not end.
    const flags = ["--workers", `${workers}`, "--data", data, "--stop-deadline", "86400"];
    const first = await DaemonProcess.start(t, routes(web.port), flags);
    await send(first, services(0, 500));
    const list = (): Promise<{ out: string }> => fastTsHere(["spill", data, "list"]);
    await first.until("all to be on disk", async () =>
      / 500 items.*, in use by process \d+$/m.test((await list()).out),
    );
    assert.deepEqual(await first.stop(), { code: 0, signal: null }, "what is spilled is not lost");
    assert.match(
      (await list()).out,
      /^webhook-127\.0\.0\.1-\d+-[0-9a-f]{12} {2}webhook .*: 500 items, \d+\.\d KiB, not in use\n$/,
    );
    const shown = (await fastTsHere(["spill", data, "show"])).out.trimEnd().split("\n");
    assert.deepEqual(
      shown.map((line) => JSON.parse(line).service),
      services(0, 500),
    );
    web.isUp = true;
    const second = await DaemonProcess.start(t, routes(web.port), flags);
    await send(second, services(500, 510));
    await second.until("all to arrive", () => new Set(web.got).size === 510);
    assert.equal((await second.stop()).code, 0);
    assert.match((await list()).out, /^no spill in /);
  });

for (const workers of [0, 2])
  test(`what sinks inside a by have on disk is sent at the start, before there is a key, with ${workers} workers`, async (t) => {
    const web = await target(t);
    const dir = routeDir(t, {});
    const [data, obstacle] = [join(dir, "data"), join(dir, "obstacle")];
    writeFileSync(obstacle, "");
    const file = join(obstacle, "events.ndjson");
    const keyed = {
      "r.ts": `import { by, file, filter, pipeline, webhook } from "fast-ts";
const sent = filter((e) => e.host === "h");
pipeline("web", [sent, by("service", [webhook("http://127.0.0.1:${web.port}/", { spill: true })])]);
pipeline("file", [sent, by("service", [file(${JSON.stringify(file)}, { spill: true })])]);`,
    };
    const flags = ["--workers", `${workers}`, "--data", data, "--stop-deadline", "1"];
    const first = await DaemonProcess.start(t, keyed, flags);
    await send(first, services(0, 100));
    const listed = async (): Promise<number | undefined> =>
      (await fastTsHere(["spill", data, "list"])).out.match(/: 100 items/g)?.length;
    await first.until("all to be on disk", async () => (await listed()) === 2);
    await first.stop();
    web.isUp = true;
    rmSync(obstacle);
    const second = await DaemonProcess.start(t, keyed, flags);
    await second.until("all to arrive", () => {
      const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
      return new Set(web.got).size === 100 && lines.length === 100;
    });
    assert.equal((await second.stop()).code, 0);
  });

for (const workers of [0, 1, 2])
  test(`spill takes no more of the disk than it may, with ${workers} workers`, async (t) => {
    const web = await target(t);
    const data = join(routeDir(t, {}), "data");
    const maxBytes = 2 * 1024 * 1024;
    const sink = `webhook("http://127.0.0.1:${web.port}/", { maxEvents: 100, spill: { maxBytes: ${maxBytes} } })`;
    const both = {
      "r.ts": `import { filter, pipeline, webhook } from "fast-ts";
for (const host of ["a", "b"]) pipeline(host, [filter((e) => e.host === host), ${sink}]);`,
    };
    const daemon = await DaemonProcess.start(t, both, ["--workers", `${workers}`, "--data", data]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const onDisk = (): number => {
      const segments = readdirSync(data, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".seg"));
      return segments.reduce(
        (sum, name) => sum + (statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
    };
    for (let n = 0; n < 60; n++) {
      const events = Array.from({ length: 100 }, (_, i) => ({ service: `s${n} ${i}`, description: "x".repeat(1000) }));
      for (const host of ["a", "b"]) await client.send(...events.map((fields) => ({ ...fields, host })));
      assert.ok(onDisk() <= maxBytes, `${onDisk()} after ${n} rounds`);
    }
    await daemon.until("it to be full", async () => {
      const [report] = JSON.parse((await daemon.page("/api/targets")).text).targets as TargetReport[];
      return report !== undefined && report.taken === 12_000 && report.dropped.overflow > 0 && report.pending === 0;
    });
    assert.ok(onDisk() <= maxBytes && onDisk() > maxBytes / 2, `${onDisk()}`);
    await daemon.stop();
  });

test("what a worker that ends has on disk counts once, with what its successor takes", async (t) => {
  const web = await target(t);
  const ending = {
    "r.ts": `import { filter, map, pipeline, webhook } from "fast-ts";
pipeline("to disk", [
  filter((e) => e.host === "h"), webhook("http://127.0.0.1:${web.port}/", { spill: true, name: "W" })
]);
pipeline("ends", [filter((e) => e.service === "exit"), map(() => process.exit(1))]);`,
  };
  const daemon = await DaemonProcess.start(t, ending, ["--workers", "1", "--data", join(routeDir(t, {}), "data")]);
  const books = async (): Promise<number[]> => {
    const { targets }: { targets: TargetReport[] } = JSON.parse((await daemon.page("/api/targets")).text);
    return targets.flatMap(({ taken, recovered, delivered, spilled, dropped }) => {
      return [taken, recovered, delivered, spilled, dropped.failed];
    });
  };
  const become = (...numbers: readonly number[]): Promise<unknown> =>
    daemon.until(`${numbers} in the books`, async () => `${await books()}` === `${numbers}`);
  await send(daemon, services(0, 100));
  await become(100, 0, 0, 100, 0);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "exit" });
  await daemon.logged("worker is replaced, its pipelines go on with what was saved last");
  await send(daemon, services(100, 110));
  await become(110, 0, 0, 110, 0);
  web.isUp = true;
  await become(110, 0, 110, 0, 0);
});

test("the spill of a target that is no more is sent elsewhere, or thrown away, when nobody uses it", async (t) => {
  const web = await target(t);
  const data = join(routeDir(t, {}), "data");
  const flags = ["--workers", "1", "--data", data, "--stop-deadline", "1"];
  const daemon = await DaemonProcess.start(t, routes(web.port), flags);
  const spill = (...words: string[]) => fastTsHere(["spill", data, ...words]);
  await send(daemon, services(0, 100));
  await daemon.until("all to be on disk", async () => / 100 items/.test((await spill("list")).out));
  const name = (await spill("list")).out.split(" ")[0] ?? "";
  const early = await spill("drop", name);
  assert.deepEqual([early.code, early.out], [1, "0 items dropped\n"]);
  assert.equal(early.err, `fast-ts: process ${daemon.pid} has the other 100: stop it first\n`);
  await daemon.stop();
  const mixed = await spill("drop", name, "--to", "127.0.0.1:1");
  assert.deepEqual([mixed.code, mixed.out], [2, ""]);
  assert.match(mixed.err, /drop takes no --to: resend sends what waits/);
  assert.match((await spill("list", name)).err, /list takes no target, it shows all: got webhook/);
  const printing = { "p.ts": 'import { pipeline, stdout } from "fast-ts";\npipeline("print", [stdout()]);' };
  const other = await DaemonProcess.start(t, printing);
  const sent = await spill("resend", name, "--to", `127.0.0.1:${other.port}`);
  assert.deepEqual([sent.code, sent.out, sent.err], [0, "100 items sent\n", ""]);
  await other.until("all to arrive", () => other.printed.length === 100);
  assert.match((await spill("list")).out, /^no spill in /);
  const nowhere = await fastTsHere(["spill", join(data, "nodir"), "list"]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /spill: there is no directory .*nodir: name that of --data/);
  const wrong = await spill("drop", "nothing");
  assert.deepEqual([wrong.code, /has nothing for nothing; see fast-ts spill/.test(wrong.err)], [2, true]);
});

for (const workers of [0, 2])
  test(`spill that no route names is reported after the start, and kept, with ${workers} workers`, async (t) => {
    const [gone, web] = [await target(t), await target(t)];
    const data = join(routeDir(t, {}), "data");
    const flags = ["--workers", `${workers}`, "--data", data, "--stop-deadline", "1"];
    const list = async (): Promise<string> => (await fastTsHere(["spill", data, "list"])).out;
    for (const { port } of [gone, web]) {
      const daemon = await DaemonProcess.start(t, routes(port), flags);
      await send(daemon, services(0, 100));
      await daemon.until("all to be on disk", async () =>
        list().then((out) => / 100 items.*, in use by process \d+$/m.test(out)),
      );
      await daemon.stop();
    }
    const daemon = await DaemonProcess.start(t, routes(web.port), flags);
    const line = await daemon.logged("spill is kept that no target uses");
    const { unclaimedSpill, ready } = JSON.parse((await daemon.page("/readyz")).text);
    const [{ target: name, items, bytes }] = unclaimedSpill;
    assert.deepEqual([unclaimedSpill.length, ready, items], [1, true, 100]);
    assert.ok(name.includes(`:${gone.port}`), name);
    assert.deepEqual([line.level, line.target, line.items, line.bytes], ["warn", name, items, bytes]);
    assert.match(String(line.hint), /fast-ts spill .*data list, then resend or drop/);
    await daemon.stop();
    assert.equal(daemon.linesOf("spill is kept that no target uses").length, 1);
    assert.equal((await list()).match(/: 100 items/g)?.length, 2);
  });

test("a list shows control characters, and links are passed over", async (t) => {
  const [data, elsewhere] = [routeDir(t, {}), routeDir(t, {})];
  const codec = new ItemCodec();
  for (const dir of [join(data, "spill", "a"), elsewhere]) {
    const log = { dir, codec: codec.name, ...SPILL_FILES, segmentBytes: 1_000, onDamage: () => assert.fail() };
    const logs = await SpillLogs.open(log);
    await logs.append(encodeItems(codec, 1, { items: ["x"], events: 1, bytes: 1, born: 1 }, 1_000));
    await logs.close();
    await describeTarget(SPILL_FILES.files, dir, { target: "a\u001b[2Jb", id: "a" });
  }
  const theirs = readdirSync(elsewhere, { recursive: true });
  symlinkSync(elsewhere, join(data, "spill", "linked"));
  symlinkSync(join(elsewhere, `${codec.name}.000001`), join(data, "spill", "a", `${codec.name}.000002`));
  symlinkSync("/dev/null", join(data, "spill", "a", `${codec.name}.000003`));
  const spill = (...words: string[]) => fastTsHere(["spill", data, ...words]);
  assert.deepEqual(await spill("list"), { code: 0, out: "a  a\\u001b[2Jb: 1 items, 0.0 KiB, not in use\n", err: "" });
  assert.equal((await spill("drop", "linked")).code, 2);
  assert.equal((await spill("drop", "a")).out, "1 items dropped\n");
  assert.deepEqual(readdirSync(elsewhere, { recursive: true }), theirs);
});

test("a second daemon on the same directory is told who has it, and what to do", async (t) => {
  const data = join(routeDir(t, {}), "data");
  const daemon = await DaemonProcess.start(t, routes(1), ["--workers", "1", "--data", data]);
  const flags = ["--port", "0", "--http-port", "0", "--udp-port", "off", "--workers", "1", "--data", data];
  const { code, err } = await fastTsHere(["start", ...flags, "--route-dir", daemon.dir]);
  assert.equal(code, 1);
  const words = `cannot keep data in ${data}: process ${daemon.pid} uses it; stop it, or give this one a directory`;
  assert.ok(err.includes(words), err);
  assert.doesNotMatch(err, /state is not kept/, "what it would keep there is not opened before");
  daemon.signal("SIGKILL");
  await daemon.exit;
  const next = await DaemonProcess.start(t, routes(1), ["--workers", "1", "--data", data]);
  await next.stop();
});

test("a directory for spill that another process has is said to be so, and taken once it is free", async (t) => {
  const dir = join(routeDir(t, {}), "spill");
  const web = await target(t);
  const own = routes(web.port, `{ dir: ${JSON.stringify(dir)} }`);
  const flags = ["--workers", "1", "--stop-deadline", "1"];
  const first = await DaemonProcess.start(t, own, flags);
  await send(first, services(0, 100));
  await first.until("all to be on disk", async () => / 100 items/.test((await fastTsHere(["spill", dir, "list"])).out));
  const second = await DaemonProcess.start(t, own, flags);
  const line = await second.logged("cannot spill: what comes now waits in memory alone, within maxEvents and maxBytes");
  assert.match(String(line.error), new RegExp(`^process ${first.pid} has .*: stop it, or name another directory`));
  const { ready, failingSpill } = await second.until("/readyz to show it", async () => {
    const details = JSON.parse((await second.page("/readyz")).text);
    return "failingSpill" in details && details;
  });
  assert.deepEqual([ready, failingSpill.length, failingSpill[0].error], [true, 1, line.error]);
  await first.stop();
  await second.logged("the disk takes spill again");
  web.isUp = true;
  await second.until("all to arrive", () => web.got.length === 100);
  assert.deepEqual(await second.stop(), { code: 0, signal: null });
});

test("without a directory a route set that spills does not start, and the message names both ways", async (t) => {
  const { code, err } = await fastTsHere([
    "start",
    "--port",
    "0",
    "--http-port",
    "0",
    "--route-dir",
    routeDir(t, routes(1)),
  ]);
  assert.equal(code, 1);
  assert.match(err, /webhook has spill: true, which needs a directory: start with --data DIR .*spill: \{ dir: DIR \}/);
});

test("a reader of what show prints that goes, as head does, ends it quietly", async (t) => {
  const data = join(routeDir(t, {}), "data");
  const dir = join(data, "spill", "a");
  const codec = new ItemCodec();
  const options = { dir, codec: codec.name, ...SPILL_FILES, segmentBytes: 300, onDamage: () => assert.fail() };
  const logs = await SpillLogs.open(options);
  await describeTarget(SPILL_FILES.files, dir, { target: "a", id: "a" });
  // Several segments: it is read on after the first that nobody reads.
  for (let n = 0; n < 50; n++)
    await logs.append(encodeItems(codec, 1, { items: [n], events: 1, bytes: 100, born: 1 }, 1_000));
  await logs.close();
  const child = spawn(process.execPath, [CLI, "spill", data, "show"]);
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
  assert.deepEqual([err, code], ["", 0]);
});
