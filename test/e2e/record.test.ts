import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Capture } from "../../src/capture/capture.ts";
import { encodeFrame } from "../../src/wire/codec.ts";
import { captureOf } from "../capture/captured.ts";
import { Client } from "./client.ts";
import { command, hasProgram } from "./command.ts";
import { CLI, DaemonProcess, routeDir } from "./daemon-process.ts";
import { Load } from "./load.ts";
import { printedEvents } from "./printing.ts";

/** What does not depend on when exactly events come: their order on one connection, not the cut between windows or turns. */
const ROUTES = `import { by, changedState, combine, fixedEventWindow, filter, folds, map, pipeline, reinject, set, stdout, tag, throttle, where } from "fast-ts";
// When what is reinjected comes in, between which messages, depends on time.
const isOutside = filter((e) => e.host !== "again");
pipeline("changes", [isOutside, changedState({ init: "ok" }), tag("changed"), stdout()]);
pipeline("means", [isOutside, by("host", [fixedEventWindow(7), combine(folds.mean), tag("mean")]), stdout()]);
pipeline("awaits", [isOutside, map(async (e) => e.with({ metric: (e.metric ?? 0) * 2 })), where((e) => e.metric > 150, [tag("high"), throttle(3, 3600), stdout()])]);
pipeline("in again", [filter((e) => e.host === "h1"), set({ host: "again" }), reinject()]);
pipeline("again", [filter((e) => e.host === "again"), tag("again"), stdout()]);
`;

interface Output {
  readonly tags: readonly string[];
}

/** What a pipeline printed, in order: the one that tagged it so. */
function ofPipeline(events: readonly Output[], tag: string): string[] {
  return events.filter(({ tags }) => tags.includes(tag)).map((event) => JSON.stringify(event));
}

/** What `fast-ts replay` says that the sinks get, and its summary. */
async function replayed(t: TestContext, capture: string, dir: string) {
  const { code, stdout, stderr } = await command(process.execPath, [CLI, "replay", capture, "--route-dir", dir]);
  assert.equal(code, 0, stderr);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  t.diagnostic(`${lines.length - 1} outputs`);
  return { events: lines.slice(0, -1).map((line): Output => line.event), summary: lines.at(-1).summary, stderr };
}

function capturePath(t: TestContext): string {
  return join(routeDir(t, {}), "capture");
}

/** The events in a capture. */
async function eventsIn(path: string): Promise<number> {
  const capture = await Capture.open(path);
  let count = 0;
  for await (const { events } of capture.batches()) count += events.length;
  assert.deepEqual(capture.report, { notes: [], damage: [] });
  return count;
}

const filesOf = (dir: string): string[] => readdirSync(dir).filter((name) => name.endsWith(".seg"));

for (const workers of [0, 1]) {
  test(`what was recorded gives a replay's sinks what the live ones got, with ${workers} workers`, async (t) => {
    const capture = capturePath(t);
    const flags = ["--workers", String(workers), "--record", capture, "--record-size", "5000", "--record-files", "50"];
    const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, flags);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    for (let i = 0; i < 200; i++)
      await client.send(
        { host: `h${i % 3}`, service: "s", state: i % 11 < 4 ? "bad" : "ok", metric_d: i % 100, time: 1000 + i },
        { host: "h9", service: "t", metric_sint64: i, time_micros: 1_000_000_000 + i * 250_000, ttl: 5 },
      );
    // A message in pieces, and several at once, are frames like any other.
    const frame = encodeFrame({ events: [{ host: "h9", service: "u", state: "bad", time: 5000 }] });
    client.write(frame.subarray(0, 7));
    const other = await Client.open(daemon.port);
    t.after(() => other.close());
    await other.send({ host: "h8", service: "v", state: "bad", time: 5001 });
    client.write(Buffer.concat([frame.subarray(7), frame]));
    await daemon.until("all answers", () => client.answers.length === 202);
    assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
    assert.ok(filesOf(capture).length > 1, "it has several files");
    const { events, summary, stderr } = await replayed(t, capture, daemon.dir);
    assert.equal(stderr, "");
    assert.deepEqual([summary.events, summary.messages], [403, 203]);
    for (const tag of ["changed", "mean", "high", "again"]) {
      const live = ofPipeline(printedEvents(daemon), tag);
      assert.ok(live.length > 2);
      assert.deepEqual(ofPipeline(events, tag), live, tag);
    }
  });
}

test("a daemon that is killed leaves all but its last tenth of a second readable, and the next one keeps it", async (t) => {
  const capture = capturePath(t);
  const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--record", capture]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "one" });
  await daemon.until(
    "the frame to be recorded",
    async () => (await daemon.metric("fast_ts_record_frames_total")) === 1,
  );
  daemon.signal("SIGKILL");
  await daemon.exit;
  assert.equal(await eventsIn(capture), 1);
  const next = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--record", capture]);
  const second = await Client.open(next.port);
  t.after(() => second.close());
  await second.send({ service: "two" });
  assert.deepEqual(await next.stop(), { code: 0, signal: null });
  assert.deepEqual([await eventsIn(capture), filesOf(capture).length], [2, 1]);
});

test("under load every frame is recorded or counted, and no file is longer than it may be", async (t) => {
  const capture = capturePath(t);
  const flags = ["--record", capture, "--record-size", "2000000", "--record-files", "1000"];
  const route = 'import { pipeline, under } from "fast-ts"; pipeline("u", [under(1)]);';
  const daemon = await DaemonProcess.start(t, { "a.ts": route }, flags);
  const load = await Load.open(t, daemon.port);
  await load.run(2000);
  const metric = (name: string): Promise<number> => daemon.metric(`fast_ts_record_${name}_total`);
  const books = async (): Promise<readonly number[]> => [await metric("frames"), await metric("dropped_frames")];
  await daemon.until("the books to balance", async () => (await books()).reduce((sum, n) => sum + n) === 2000);
  const [recorded = 0] = await books();
  await daemon.stop();
  assert.equal(await eventsIn(capture), recorded * 100);
  for (const name of filesOf(capture)) assert.ok(statSync(join(capture, name)).size <= 2_000_000, name);
});

test("a disk that takes no more costs frames, counted, and no sender notices", async (t) => {
  const capture = capturePath(t);
  if (!hasProgram(t, "prlimit", "util-linux")) return;
  const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--record", capture, "--workers", "0"]);
  // No file of it may be longer: a write beyond fails as on a full disk, the first such one in its middle.
  await command("prlimit", ["--pid", String(daemon.pid), "--fsize=64000"]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  const description = "x".repeat(1000);
  for (let i = 0; i < 100; i++) await client.send({ service: `s${i}`, description });
  const dropped = (): Promise<number> => daemon.metric("fast_ts_record_dropped_frames_total");
  await daemon.until("frames to be dropped", async () => (await dropped()) > 0);
  const { reason } = await daemon.logged("frames are not recorded");
  assert.match(String(reason), /^EFBIG/);
  await daemon.until(
    "all to be counted",
    async () => (await dropped()) + (await daemon.metric("fast_ts_record_frames_total")) === 100,
  );
  const recorded = await daemon.metric("fast_ts_record_frames_total");
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(daemon.linesOf("frames are not recorded").length, 1);
  assert.equal(await eventsIn(capture), recorded, "what is recorded is whole");
});

test("a directory that cannot be recorded to is an error at the start, and nothing is left running", async (t) => {
  const dir = routeDir(t, { "a.ts": ROUTES });
  for (const [file, exit, why] of [
    [`${dir}/a.ts/capture`, 1, "a part of that path is a file; name another directory with --record"],
    [
      `${dir}/capture`,
      2,
      "it would be in the route directory, which is watched; name a directory elsewhere with --record",
    ],
  ] as const) {
    const flags = ["--port", "0", "--http-port", "off", "--log-format", "pretty", "--route-dir", dir, "--record", file];
    const { code, stderr } = await command(process.execPath, [CLI, "start", ...flags]);
    assert.deepEqual([code, stderr], [exit, `fast-ts: cannot record to ${file}: ${why}\n`]);
  }
});

test("a start in vain leaves the recording of the daemon that has the port alone; so does one at another port", async (t) => {
  const capture = capturePath(t);
  const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--record", capture]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "one" });
  for (const [port, why] of [
    [daemon.port, `cannot listen on 127.0.0.1:${daemon.port} (TCP): the port is in use`],
    [0, `cannot record to ${capture}: process ${daemon.pid} records there; name another directory`],
  ] as const) {
    const flags = ["--port", String(port), "--http-port", "off", "--route-dir", daemon.dir, "--record", capture];
    const { code, stderr } = await command(process.execPath, [CLI, "start", ...flags]);
    assert.equal(code, 1);
    assert.ok(stderr.includes(why), stderr);
  }
  await client.send({ service: "two" });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.equal(await eventsIn(capture), 2);
});

test("a recording of an earlier fast-ts is kept, and replayed in front of what is recorded now, which is said", async (t) => {
  const capture = capturePath(t);
  const now = Date.now() / 1000;
  const before = captureOf([{ arrival: now, frames: [["before"]] }], now);
  writeFileSync(capture, before);
  const daemon = await DaemonProcess.start(t, { "a.ts": ROUTES }, ["--record", capture]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  await client.send({ service: "now" });
  assert.deepEqual(await daemon.stop(), { code: 0, signal: null });
  assert.deepEqual(readFileSync(`${capture}.1`), before);
  const { summary, stderr } = await replayed(t, capture, daemon.dir);
  assert.equal(summary.messages, 2);
  assert.match(stderr, /^fast-ts: recorded by an earlier fast-ts, without checksums: .*capture\.1$/m);
});
