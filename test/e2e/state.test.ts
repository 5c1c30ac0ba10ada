import assert from "node:assert/strict";
import { readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { besideWrites, obstruct, removed } from "./beside-writes.ts";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";

const COUNTS = `import { by, counter, filter, map, pipeline, stdout } from "fast-ts";
pipeline("counts", [filter((e) => e.service === "count"), by("host", [counter()]), stdout()]);`;
const WINDOWS = `import { combine, filter, folds, fixedEventWindow, index, pipeline, stdout } from "fast-ts";
pipeline("windows", [filter((e) => e.service === "window"), fixedEventWindow(3), combine(folds.sum), stdout()]);
pipeline("index", [index()]);`;
const EXIT = `import { filter, map, pipeline } from "fast-ts";
pipeline("exit", [filter((e) => e.service === "exit"), map(() => process.exit(1))]);`;
const ROUTES = { "counts.ts": COUNTS, "windows.ts": WINDOWS };

function start(t: TestContext, state: string, args: readonly string[] = [], files: Record<string, string> = ROUTES) {
  return DaemonProcess.start(t, files, ["--state", state, ...args]);
}

/** One event of each service, with a metric of 1. */
async function send(daemon: DaemonProcess, ...services: readonly string[]): Promise<void> {
  const client = await Client.open(daemon.port);
  await client.send(...services.map((service) => ({ host: "a", service, metric_d: 1, time: Date.now() / 1000 })));
  client.socket.destroy();
}

async function found(daemon: DaemonProcess, query: string): Promise<readonly unknown[]> {
  const client = await Client.open(daemon.port);
  const events = await client.find(query);
  client.socket.destroy();
  return events;
}

function printed(daemon: DaemonProcess, service: string): number[] {
  return daemon.printed.flatMap((line) => {
    const event = JSON.parse(line);
    return event.service === service ? [event.metric] : [];
  });
}

/** The next event is counted as this many. */
async function counts(daemon: DaemonProcess, expected: number): Promise<void> {
  const before = printed(daemon, "count").length;
  await send(daemon, "count");
  await daemon.until("the count", () => printed(daemon, "count").length > before);
  assert.equal(printed(daemon, "count").at(-1), expected);
}

function filesOf(state: string, end: RegExp): string[] {
  return readdirSync(state)
    .filter((name) => end.test(name))
    .map((name) => join(state, name));
}

/** All pipelines are saved once more, after this. */
async function saved(daemon: DaemonProcess, state: string): Promise<void> {
  // What is being written now may be of before, and what waits behind it, too.
  for (const _ of [1, 2, 3]) {
    const begun = Date.now();
    const isNew = (file: string): boolean => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) > begun;
    const all = (): string[] => filesOf(state, /^(?!-spread).*\.state$/);
    await daemon.until("a snapshot", () => all().length > 0 && all().every(isNew));
  }
}

for (const workers of ["0", "2"]) {
  const args = ["--workers", workers, "--state-interval", "0.2"];

  test(`a stop keeps all state and gives nothing out before its time, with ${workers} workers`, async (t) => {
    const state = join(routeDir(t, {}), "state");
    const first = await start(t, state, ["--workers", workers]);
    await send(first, "count", "count", "window", "window");
    await first.until("both counts", () => printed(first, "count").length === 2);
    await first.stop();
    assert.deepEqual([printed(first, "count"), printed(first, "window")], [[1, 2], []]);
    const second = await start(t, state, ["--workers", workers]);
    assert.equal((await found(second, 'service = "window"')).length, 1);
    await send(second, "count", "window");
    await second.until(
      "the window",
      () => printed(second, "window").length === 1 && printed(second, "count").length === 1,
    );
    assert.deepEqual([printed(second, "count"), printed(second, "window")], [[3], [3]]);
    await second.stop();
    for (const file of filesOf(state, /\.state/)) assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  test(`kill -9 costs what came since the last snapshot, with ${workers} workers`, async (t) => {
    const state = join(routeDir(t, {}), "state");
    const first = await start(t, state, args);
    await counts(first, 1);
    await counts(first, 2);
    await saved(first, state);
    first.signal("SIGKILL");
    await first.exit;
    const second = await start(t, state, args);
    await counts(second, 3);
    await second.stop();
  });

  test(`an edited pipeline goes on with its state and gives nothing out, with ${workers} workers`, async (t) => {
    const state = join(routeDir(t, {}), "state");
    const daemon = await start(t, state, args);
    await counts(daemon, 1);
    await send(daemon, "window", "window");
    daemon.write("counts.ts", COUNTS.replace("by(", "map((e) => e), by("));
    daemon.write(
      "windows.ts",
      WINDOWS.replace("fixedEventWindow(3)", "fixedEventWindow(3), sflatten(), counter(), fixedEventWindow(3)").replace(
        "folds, ",
        "counter, sflatten, folds, ",
      ),
    );
    // With several workers the edit has "counts" move to one of them: what it keeps goes with it.
    const said = (): Record<string, unknown>[] => [
      ...daemon.linesOf("edited pipeline goes on with its state"),
      ...daemon.linesOf("some stages of a pipeline start anew"),
      ...daemon.linesOf("pipelines go on with their state of before"),
    ];
    const named = (): unknown[] => said().flatMap(({ pipeline, pipelines = pipeline }) => pipelines);
    await daemon.until("both to go on", () => ["counts", "windows"].every((name) => named().includes(name)));
    const anew = said().flatMap((line) => line.anew ?? []);
    assert.deepEqual(anew, ["counter#3", "fixedEventWindow#4"]);
    await counts(daemon, 2);
    await send(daemon, "window");
    await daemon.until("the window", () => printed(daemon, "window").length === 1);
    assert.deepEqual(printed(daemon, "window"), [6]);
    await daemon.stop();
  });
}

test("state goes on in another number of workers", async (t) => {
  const state = join(routeDir(t, {}), "state");
  let expected = 0;
  for (const workers of ["2", "0", "3", "1", "2"]) {
    const daemon = await start(t, state, ["--workers", workers]);
    await send(daemon, "indexed");
    await counts(daemon, ++expected);
    assert.equal((await found(daemon, 'service = "indexed"')).length, 1, `with ${workers} workers`);
    await daemon.stop();
    // One for each worker, or one: those of before are gone.
    assert.equal(filesOf(state, /^counts.*\.state$/).length, Math.max(1, Number(workers)));
  }
});

test("a worker that is lost goes on with its last snapshot", async (t) => {
  const state = join(routeDir(t, {}), "state");
  const args = ["--workers", "1", "--state-interval", "0.2"];
  const daemon = await start(t, state, args, { ...ROUTES, "exit.ts": EXIT });
  await counts(daemon, 1);
  await saved(daemon, state);
  await send(daemon, "exit");
  await daemon.logged("worker is replaced, its pipelines go on with what was saved last");
  await counts(daemon, 2);
  await daemon.stop();
});

test("of a damaged snapshot the one before is taken, and of two damaged ones none", async (t) => {
  const state = join(routeDir(t, {}), "state");
  const args = ["--workers", "1", "--state-interval", "0.2"];
  const first = await start(t, state, args);
  await counts(first, 1);
  await saved(first, state);
  await first.stop();
  for (const file of filesOf(state, /^counts.*\.state$/)) truncateSync(file, statSync(file).size - 1);
  const second = await start(t, state, args);
  assert.match(String((await second.logged("saved state is set aside")).why), /damaged/);
  await counts(second, 2);
  await saved(second, state);
  second.signal("SIGKILL");
  await second.exit;
  for (const file of filesOf(state, /^counts.*\.state/)) truncateSync(file, 20);
  const third = await start(t, state, args);
  await third.logged("saved state is set aside");
  await counts(third, 1);
  await third.stop();
});

for (const workers of ["0", "2"])
  test(`what cannot be saved at a stop is given out, the rest kept, with ${workers} workers`, async (t) => {
    const state = join(routeDir(t, {}), "state");
    const args = ["--workers", workers];
    const first = await start(t, state, args);
    await send(first, "count", "window", "window");
    await first.until("the count", () => printed(first, "count").length === 1);
    await removed(first, state);
    assert.deepEqual(await first.stop(), { code: 0, signal: null });
    assert.deepEqual(printed(first, "window"), []);
    const windows = filesOf(state, /^windows.*\.state$/);
    assert.equal(windows.length, 1);
    const second = await start(t, state, args);
    await send(second, "window");
    await second.until("the window", () => printed(second, "window").length === 1);
    await send(second, "window", "count");
    await second.until("the count", () => printed(second, "count").length === 1);
    assert.deepEqual(printed(second, "count"), [2]);
    const clear = await obstruct(second, windows);
    assert.deepEqual(await second.stop(), { code: 0, signal: null });
    assert.deepEqual(printed(second, "window"), [3, 1]);
    const said = second.linesOf("state cannot be saved at this stop: what windows hold is given out now");
    assert.deepEqual(
      said.map(({ pipelines }) => pipelines),
      [["windows"]],
    );
    clear();
    const third = await start(t, state, args);
    await counts(third, 3);
    await besideWrites(third, "a file to stand there", () => {
      rmSync(state, { recursive: true, force: true });
      writeFileSync(state, "");
    });
    await send(third, "window", "count");
    await third.until("the count", () => printed(third, "count").length === 2);
    assert.deepEqual(await third.stop(), { code: 0, signal: null });
    assert.deepEqual(printed(third, "window"), [1]);
  });
