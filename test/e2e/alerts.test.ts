import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";

const ROUTES = {
  "a.ts": 'import { alert, pipeline, stdout } from "fast-ts";\npipeline("alerts", [alert([stdout()])]);',
  "exit.ts": `import { filter, map, pipeline } from "fast-ts";
pipeline("exit", [filter((e) => e.service === "exit"), map(() => process.exit(1))]);`,
};

const EDITED = ROUTES["a.ts"].replace("[alert(", "[map((e) => e), alert(").replace("alert, ", "alert, map, ");

/** What was told: `trigger db1 since 12`. */
const told = ({ printed }: DaemonProcess): string[] =>
  printed.map((line) => {
    const { host, attributes } = JSON.parse(line);
    const { "alert phase": phase, "alert key": key, "alert since": since } = attributes;
    assert.equal(key, `alerts/${host}/disk`);
    return `${phase} ${host} since ${since}`;
  });

async function send(daemon: DaemonProcess, ...events: readonly (readonly [host: string, state: string])[]) {
  const client = await Client.open(daemon.port);
  await client.send(...events.map(([host, state]) => ({ host, service: "disk", state, time: 1_700_000_000 })));
  client.socket.destroy();
}

/** All pipelines have dealt with what was sent: this comes after it. */
async function passed(daemon: DaemonProcess, host: string): Promise<void> {
  await send(daemon, [host, "critical"], [host, "ok"]);
  await daemon.until(`the alert of ${host} to be over`, () =>
    told(daemon).some((line) => line.startsWith(`resolve ${host} `)),
  );
}

function start(t: TestContext, data: string, workers: number, files: Record<string, string> = ROUTES) {
  return DaemonProcess.start(t, files, ["--workers", `${workers}`, "--data", data]);
}

function onDisk(data: string): string {
  const dir = join(data, "alerts");
  return readdirSync(dir)
    .map((name) => readFileSync(join(dir, name), "latin1"))
    .join("");
}

const SINCE = "since 1700000000";

for (const workers of [0, 2]) {
  test(`an open alert survives stop, kill -9 and edited routes, with ${workers} workers`, async (t) => {
    const data = join(routeDir(t, {}), "data");
    const first = await start(t, data, workers);
    await send(first, ["db1", "critical"], ["db2", "critical"]);
    await first.until("both to be told", () => first.printed.length === 2);
    await first.stop();

    const second = await start(t, data, workers);
    await send(second, ["db1", "critical"], ["db3", "critical"]);
    await second.until("the new one to be told", () => second.printed.length === 1);
    assert.deepEqual(told(second), [`trigger db3 ${SINCE}`]);
    await second.until("the new one to be on disk", () => onDisk(data).includes("alerts/db3/disk"));
    second.signal("SIGKILL");
    await second.exit;

    const third = await start(t, data, workers);
    assert.equal((await third.logged("open alerts were found on disk")).alerts, 3);
    third.write("a.ts", EDITED);
    await third.logged("routes reloaded");
    await send(third, ["db1", "ok"], ["db2", "ok"], ["db3", "ok"]);
    await third.until("all to be over", () => third.printed.length === 3);
    assert.deepEqual(told(third).toSorted(), [`resolve db1 ${SINCE}`, `resolve db2 ${SINCE}`, `resolve db3 ${SINCE}`]);
    await third.stop();
    const fourth = await start(t, data, workers);
    await passed(fourth, "last");
    assert.equal(fourth.linesOf("open alerts were found on disk").length, 0);
    await fourth.stop();
  });

  test(`alerts that no pipeline looks after are said and kept, with ${workers} workers`, async (t) => {
    const data = join(routeDir(t, {}), "data");
    const first = await start(t, data, workers);
    await send(first, ["db1", "critical"]);
    await first.until("it to be told", () => first.printed.length === 1);
    await first.stop();
    const second = await start(t, data, workers, { "b.ts": ROUTES["a.ts"].replace('"alerts"', '"renamed"') });
    const line = await second.logged("open alerts are kept that no pipeline looks after any more");
    assert.deepEqual([line.pipeline, line.alerts, line.keys], ["alerts", 1, ["alerts/db1/disk"]]);
    const { ready, openAlerts } = JSON.parse((await second.page("/readyz")).text);
    const unclaimed = [{ pipeline: "alerts", alerts: 1, keys: ["alerts/db1/disk"] }];
    assert.deepEqual([ready, openAlerts], [true, { error: null, unclaimed }]);
    await second.stop();
    const third = await start(t, data, workers);
    await send(third, ["db1", "ok"]);
    await third.until("it to be over", () => third.printed.length === 1);
    assert.deepEqual(told(third), [`resolve db1 ${SINCE}`]);
    await third.stop();
  });

  test(`without a disk they survive a reload, and it is said what a restart does, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", `${workers}`]);
    await daemon.logged("a restart forgets which alerts are open: start with --data DIR (or FTS_DATA)");
    await send(daemon, ["db1", "critical"]);
    await daemon.until("it to be told", () => daemon.printed.length === 1);
    daemon.write("a.ts", EDITED);
    await daemon.logged("routes reloaded");
    await send(daemon, ["db1", "critical"], ["db1", "ok"]);
    await daemon.until("it to be over", () => daemon.printed.length === 2);
    assert.deepEqual(told(daemon), [`trigger db1 ${SINCE}`, `resolve db1 ${SINCE}`]);
    await daemon.stop();
  });
}

test("an open alert survives the end of its worker", async (t) => {
  const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", "1"]);
  await send(daemon, ["db1", "critical"]);
  await daemon.until("it to be told", () => daemon.printed.length === 1);
  const client = await Client.open(daemon.port);
  await client.send({ service: "exit" });
  client.socket.destroy();
  await daemon.logged("worker is replaced, its pipelines start anew");
  await send(daemon, ["db1", "critical"], ["db1", "ok"]);
  await daemon.until("it to be over", () => daemon.printed.length === 2);
  assert.deepEqual(told(daemon), [`trigger db1 ${SINCE}`, `resolve db1 ${SINCE}`]);
  await daemon.stop();
});

test("a disk that cannot be read stops nothing: it is said once, and /readyz has it", async (t) => {
  const data = join(routeDir(t, {}), "data");
  mkdirSync(data);
  writeFileSync(join(data, "alerts"), "a file, where a directory is to be");
  const daemon = await start(t, data, 1);
  await passed(daemon, "db1");
  const lines = daemon.linesOf("open alerts cannot be read: they are kept in memory alone");
  assert.equal(lines.length, 1);
  const { ready, openAlerts } = JSON.parse((await daemon.page("/readyz")).text);
  assert.deepEqual([ready, openAlerts], [true, { error: lines[0]?.error, unclaimed: [] }]);
  await daemon.stop();
});
