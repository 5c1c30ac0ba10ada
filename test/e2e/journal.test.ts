import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { encodeFrame } from "../../src/wire/codec.ts";
import { obstruct } from "./beside-writes.ts";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";

const COUNTS = `import { by, counter, filter, pipeline, stdout } from "fast-ts";
pipeline("counts", [filter((e) => e.service === "count"), by("host", [counter()]), stdout()]);`;
const CHANNELS = `import { counter, filter, index, pipeline, publish, reinject, set, stdout, subscribe } from "fast-ts";
pipeline("in", [filter((e) => e.service === "channel"), counter(), index(), publish("out")]);
pipeline("out", [subscribe("out"), set({ service: "counted", metric: 1 }), counter(), stdout(), set({ service: "again", metric: 1 }), reinject()]);
pipeline("again", [filter((e) => e.service === "again"), counter(), stdout()]);`;
const WINDOWS = `import { filter, pipeline, rate, stdout } from "fast-ts";
pipeline("rate", [filter((e) => e.service === "rate"), rate(0.5), stdout()]);`;
const EXIT = `import { filter, map, pipeline } from "fast-ts";
pipeline("exit", [filter((e) => e.service === "exit"), map(() => process.exit(1))]);`;
const ROUTES = { "counts.ts": COUNTS, "channels.ts": CHANNELS, "windows.ts": WINDOWS };

const MISSING =
  "events that came in since the pipelines were saved are not in the journal: it was full, or could not be written or read";

const SET_ASIDE = "messages are set aside and not read again: two threads in a row ended while they worked on them";
const REPLACED = "worker is replaced, its pipelines go on with what was saved last";
const REPLAYED = "journal is replayed";
const LISTENING = "listening";

interface Place {
  readonly dir: string;
  readonly args: readonly string[];
}

/** Where state and journal are. */
function place(t: TestContext, workers: number, sync: string, interval = 3600): Place {
  const dir = routeDir(t, {});
  const flags = ["--state", join(dir, "state"), "--journal", join(dir, "journal"), "--journal-sync", sync];
  return { dir, args: [...flags, "--state-interval", `${interval}`, "--workers", `${workers}`] };
}

/** One event of each service, in one message, acknowledged. */
async function send(daemon: DaemonProcess, ...services: readonly string[]): Promise<void> {
  const client = await Client.open(daemon.port);
  await client.send(
    ...services.map((service) => ({ host: "a", service, metric_d: 1, time: Date.now() / 1000, ttl: 3600 })),
  );
  client.socket.destroy();
}

function printed(daemon: DaemonProcess, service: string): number[] {
  return daemon.printed.flatMap((line) => {
    const event = JSON.parse(line);
    return event.service === service ? [event.metric] : [];
  });
}

/** A snapshot that holds nothing, as pipelines begin with in the journal, is shorter: its head, and a short name. */
const SAVED_BYTES = 64;

/** A pipeline is saved once it runs: what came before that is in its snapshot, and not read in the journal again. */
async function untilSaved(daemon: DaemonProcess, dir: string, pipeline: string): Promise<void> {
  const state = join(dir, "state");
  const file = (): string | undefined =>
    readdirSync(state).find((name) => /^(.+)-[^-]+\.state$/.exec(name)?.[1] === pipeline);
  const bytes = (): number => statSync(join(state, file() ?? ""), { throwIfNoEntry: false })?.size ?? 0;
  await daemon.until("what it begins with to be saved", () => file() !== undefined && bytes() > SAVED_BYTES);
}

async function kill(daemon: DaemonProcess): Promise<void> {
  daemon.signal("SIGKILL");
  await daemon.exit;
}

/** The next event of the service is counted as this many, and none is counted as more. */
async function next(daemon: DaemonProcess, sent: string, counted: string, expected: number): Promise<void> {
  await send(daemon, sent);
  await daemon.until(`${counted} ${expected}`, () => printed(daemon, counted).includes(expected));
  assert.equal(Math.max(...printed(daemon, counted)), expected);
}

for (const [workers, sync, interval] of [
  [1, "always", 3600],
  [2, "1s", 3600],
  [2, "always", 0.1],
] as const)
  test(`kill -9 costs nothing that was acknowledged: ${workers} workers, ${sync}, saved each ${interval} s`, async (t) => {
    const { args } = place(t, workers, sync, interval);
    for (let run = 0; run < 4; run++) {
      const daemon = await DaemonProcess.start(t, ROUTES, args);
      await send(daemon, "count", "count", "channel");
      await send(daemon, "count", "channel", "channel");
      await next(daemon, "count", "count", run * 4 + 4);
      await next(daemon, "channel", "counted", run * 4 + 4);
      await daemon.until("what was reinjected", () => printed(daemon, "again").includes(run * 4 + 4));
      assert.equal(Math.max(...printed(daemon, "again")), run * 4 + 4);
      for (const said of ["saved state is set aside", MISSING]) assert.deepEqual(daemon.linesOf(said), []);
      await kill(daemon);
    }
  });

for (const [about, hours] of [
  ["", 0],
  [", though the clock was set back an hour", -1],
  [", though the clock was set forward an hour", 1],
] as const)
  test(`windows of before a crash end at their own times, and what came in is in them once${about}`, async (t) => {
    const { dir, args } = place(t, 1, "always");
    const shim = join(dir, "clock.cjs");
    writeFileSync(shim, `const now = Date.now; Date.now = () => now() + ${hours * 3_600_000};`);
    const first = await DaemonProcess.start(t, ROUTES, args);
    for (let sent = 0; sent < 20; sent++) {
      await send(first, "rate");
      await pause(50);
    }
    await kill(first);
    const windows = new Map<number, number>();
    const second = await DaemonProcess.start(t, ROUTES, args, { NODE_OPTIONS: `--require ${shim}` });
    await send(second, "rate");
    const total = (): number => {
      for (const { service, time, metric } of [first, second].flatMap(({ printed }) =>
        printed.map((line) => JSON.parse(line)),
      ))
        if (service === "rate") {
          assert.equal(windows.get(time) ?? metric, metric, "a window that comes again is the same");
          windows.set(time, metric);
        }
      return [...windows.values()].reduce((sum, rate) => sum + rate / 2, 0);
    };
    await second.until("all to be in windows", () => total() >= 21);
    assert.equal(total(), 21);
    await second.stop();
  });

test("what is known to be delivered is not given out again, nor what other routes would have made of it", async (t) => {
  const { dir, args } = place(t, 1, "always");
  const first = await DaemonProcess.start(t, ROUTES, args);
  await send(first, "count", "count", "count");
  await first.until("three", () => printed(first, "count").length === 3);
  const marks = (): number => {
    const noted = join(dir, "journal", "marks");
    return readdirSync(noted).reduce((sum, name) => sum + statSync(join(noted, name)).size, 0);
  };
  // What is noted first may be of before.
  for (const _ of [1, 2, 3]) {
    const before = marks();
    await first.until("what is delivered to be noted", () => marks() !== before);
  }
  await kill(first);
  const second = await DaemonProcess.start(t, ROUTES, args);
  await next(second, "count", "count", 4);
  assert.deepEqual(printed(second, "count"), [4]);
  await send(second, "count");
  await kill(second);
  const edited = {
    ...ROUTES,
    "counts.ts": COUNTS.replace("stdout()", 'set({ state: "new" }), stdout()').replace("filter,", "filter, set,"),
  };
  const third = await DaemonProcess.start(t, edited, args);
  await next(third, "count", "count", 6);
  assert.deepEqual(printed(third, "count"), [6]);
  await third.stop();
});

test("what came in before routes were edited reaches a pipeline through a new one, of which nothing is sent", async (t) => {
  const { args } = place(t, 2, "always");
  const first = await DaemonProcess.start(t, ROUTES, args);
  await next(first, "count", "count", 1);
  await kill(first);
  const through = `${COUNTS.replace("pipeline,", "pipeline, publish, set, subscribe,").replace("[filter", '[subscribe("c"), filter')}
pipeline("new", [publish("c"), set({ service: "new" }), stdout()]);`;
  const second = await DaemonProcess.start(t, { ...ROUTES, "counts.ts": through }, args);
  await next(second, "count", "count", 2);
  await second.until("the new one", () => printed(second, "new").length > 0);
  assert.equal(printed(second, "new").length, 1);
  await second.stop();
});

test("what cannot be saved at a stop is read in the journal at the next start", async (t) => {
  const { dir, args } = place(t, 2, "always");
  const state = join(dir, "state");
  for (const run of [0, 1, 2]) {
    const files = run === 1 ? readdirSync(state).filter((name) => name.endsWith(".state")) : [];
    const daemon = await DaemonProcess.start(t, ROUTES, args);
    await next(daemon, "count", "count", run * 2 + 1);
    await next(daemon, "count", "count", run * 2 + 2);
    const clear = await obstruct(
      daemon,
      files.map((name) => join(state, name)),
    );
    assert.deepEqual(await daemon.stop(), { code: run === 1 ? 1 : 0, signal: null });
    assert.equal(
      daemon.linesOf("state is not saved at this stop: the next start goes on from what was saved before").length,
      run % 2,
    );
    clear();
  }
});

test("what the journal does not have any more is said, with its number", async (t) => {
  const { dir, args } = place(t, 1, "1s");
  const short = {
    "counts.ts": COUNTS.replace("stdout()", 'omit("description"), stdout()').replace("filter,", "filter, omit,"),
  };
  const first = await DaemonProcess.start(t, short, args);
  await untilSaved(first, dir, "counts");
  const client = await Client.open(first.port);
  const description = "x".repeat(1024 * 1024);
  for (let n = 0; n < 20; n++) await client.send({ host: "a", service: "count", metric_d: 1, description });
  client.socket.destroy();
  await first.until("twenty", () => printed(first, "count").length === 20);
  await kill(first);
  const [oldest = "", second] = readdirSync(join(dir, "journal")).filter((name) => name.endsWith(".seg"));
  assert.ok(second !== undefined, "a segment is full");
  rmSync(join(dir, "journal", oldest));
  const next = await DaemonProcess.start(t, short, args);
  const { events } = await next.logged(MISSING);
  const { saved_seconds_ago: seconds } = await next.logged("pipelines go on with their state of before");
  assert.ok(Number(seconds) > 0, "by the clock of the machine, not that of the replay");
  assert.ok(Number(events) > 10 && Number(events) < 20);
  await send(next, "count");
  await next.until("the others and one more", () => printed(next, "count").at(-1) === 21 - Number(events));
  await next.stop();
});

/** See `RestartIntensity`. */
const RESTART_PERIOD_MS = 5000;

test("a worker that is lost goes on with all that came in", async (t) => {
  const { args } = place(t, 1, "1s");
  const daemon = await DaemonProcess.start(t, { ...ROUTES, "exit.ts": EXIT }, args);
  await next(daemon, "count", "count", 1);
  await next(daemon, "channel", "counted", 1);
  for (const lost of [1, 2]) {
    if (lost > 1) await pause(RESTART_PERIOD_MS); // each message ends two threads, and four in that time are too many
    await send(daemon, "exit");
    await daemon.until("a new worker, twice", () => daemon.linesOf(REPLACED).length === 2 * lost);
    await next(daemon, "count", "count", lost + 1);
    await next(daemon, "channel", "counted", lost + 1);
  }
  await daemon.stop();
});

test("a message at which two threads end is set aside, and no other that came with it, after a restart too", async (t) => {
  const { dir, args } = place(t, 1, "always");
  const routes = { ...ROUTES, "exit.ts": EXIT };
  const first = await DaemonProcess.start(t, routes, args);
  const client = await Client.open(first.port);
  const frames = ["count", "exit", "count"].map((service) =>
    encodeFrame({ events: [{ host: "a", service, metric_d: 1, ttl: 3600 }] }),
  );
  client.write(Buffer.concat(frames));
  await first.until("three answers", () => client.answers.length === 3);
  client.close();
  assert.equal((await first.logged(SET_ASIDE)).events, 1);
  await next(first, "count", "count", 3);
  const aside = join(dir, "journal", "set-aside");
  await first.until("that to be on disk", () =>
    readdirSync(aside).some((name) => readFileSync(join(aside, name), "utf8").includes('"exit"')),
  );
  await kill(first);
  const second = await DaemonProcess.start(t, routes, args);
  await next(second, "count", "count", 4);
  assert.deepEqual(second.linesOf(REPLACED), []);
  await second.stop();
});

test("doors open when all is read, also when threads end meanwhile", async (t) => {
  const { dir, args } = place(t, 1, "always");
  const flag = join(dir, "flag");
  const exits = `import { existsSync } from "node:fs";
${EXIT.replace("process.exit(1)", `existsSync("${flag}") ? process.exit(1) : null`)}`;
  const routes = { ...ROUTES, "exit.ts": exits };
  const first = await DaemonProcess.start(t, routes, args);
  await untilSaved(first, dir, "exit");
  await send(first, "exit");
  await next(first, "count", "count", 1);
  await kill(first);
  writeFileSync(flag, "");
  const second = await DaemonProcess.start(t, routes, args);
  const said = second.log.map(({ msg }) => msg).filter((msg) => [REPLACED, REPLAYED, LISTENING].includes(msg));
  assert.deepEqual(said, [REPLACED, REPLACED, REPLAYED, LISTENING]);
  await next(second, "count", "count", 2);
  await second.stop();
});

test("while a worker reads the journal again, no query is answered with a part of the index", async (t) => {
  const slow = `import { by, counter, filter, index, map, pipeline } from "fast-ts";
const until = (at: number): void => { while (performance.now() < at); };
pipeline("slow", [filter((e) => e.service === "slow"), map((e) => { until(performance.now() + 10); return e; }), counter(), index()]);`;
  const { args } = place(t, 1, "1s");
  const daemon = await DaemonProcess.start(t, { "slow.ts": slow, "exit.ts": EXIT }, args);
  await send(daemon, ...Array<string>(100).fill("slow"));
  const client = await Client.open(daemon.port);
  const found = async (): Promise<number | null> => {
    const { ok, error, events = [] } = await client.ask({ query: { string: 'service = "slow"' } });
    if (ok !== true) assert.match(error ?? "", /\bagain\b/);
    return ok === true ? Number(events[0]?.metric_sint64) : null;
  };
  await daemon.until("all to be counted", async () => (await found()) === 100);
  await send(daemon, "exit");
  let asked = 0;
  await daemon.until("the journal to be read again", async () => {
    const count = await found();
    if (count !== null) assert.equal(count, 100);
    return ++asked > 3 && count !== null && daemon.linesOf("journal is replayed").length > 0;
  });
  client.close();
  await daemon.stop();
});

for (const [about, stage, said] of [
  ["that leaves a pipeline where it is", "filter", "edited pipeline goes on with its state"],
  ["that moves one", "map", "pipelines are spread over workers in another way: these move, and go on there"],
] as const)
  test(`a stop and a start with a journal are exact, and so is a reload ${about}`, async (t) => {
    const { args } = place(t, 2, "always");
    const edited = COUNTS.replace("by(", `${stage}((e) => ${stage === "map" ? "e" : "true"}), by(`).replace(
      "filter,",
      "filter, map,",
    );
    const first = await DaemonProcess.start(t, ROUTES, args);
    await next(first, "count", "count", 1);
    assert.deepEqual(await first.stop(), { code: 0, signal: null });
    const second = await DaemonProcess.start(t, ROUTES, args);
    await next(second, "count", "count", 2);
    assert.deepEqual(second.linesOf("journal is replayed"), []);
    second.write("counts.ts", edited);
    await second.logged(said);
    await next(second, "count", "count", 3);
    await kill(second);
    const third = await DaemonProcess.start(t, { ...ROUTES, "counts.ts": edited }, args);
    const read = third.linesOf(REPLAYED);
    assert.deepEqual(
      new Set(read.map(({ worker, workers }) => `${worker} of ${workers}`)),
      new Set(["1 of 2", "2 of 2"]),
    );
    for (const line of read) assert.ok(Number(line.events_read) > 0);
    await next(third, "count", "count", 4);
    await third.stop();
  });
