import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";

const ROUTES = {
  "a.ts": `import { aboveFor, combine, expired, filter, fixedOffsetTimeWindow, folds, index, pipeline, stdout, tap } from "fast-ts";
const say = (what: string) => stdout({ format: (e) => [what, e.host, e.service, e.metric, e.time].join(" ") });
const beats = filter((e) => e.service === "beat");
pipeline("windows", [beats, fixedOffsetTimeWindow(0.5, { flush: "clock", maxEmpty: 0 }), combine(folds.count), say("window")]);
pipeline("lasting", [beats, aboveFor(0, 0.5), say("lasting")]);
pipeline("index", [filter((e) => e.service !== "beat"), index({ interval: 0.1 })]);
pipeline("expired", [expired(), filter((e) => e.service !== "beat"), say("expired")]);
pipeline("all", [filter((e) => e.service === "raw"), say("raw")]);
`,
};

const now = (): number => Date.now() / 1000;

for (const workers of [0, 2]) {
  test(`times in other units become seconds, one that is ahead counts as now, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", String(workers)]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    const second = 1_795_968_620;
    const times = [second, `${second}123`, `${second}123456`, `${second}123456789`];
    await client.send(...times.map((time, n) => ({ host: `h${n}`, service: "raw", time, ttl: 1e9 })));
    await daemon.until("all four", () => daemon.printed.filter((line) => line.startsWith("raw")).length === 4);
    assert.deepEqual(
      daemon.printed.flatMap((line) => (line.startsWith("raw") ? [line.split(" ").at(-1)] : [])).sort(),
      ["1795968620", "1795968620.123", "1795968620.123456", "1795968620.1234567"], // each of another host
    );
    const ahead = Math.floor(now()) + 3600;
    await client.send(
      { host: "fast", service: "clock", time: ahead, ttl: 0.5 },
      { service: "beat", time: ahead, ttl: 1 },
    );
    await daemon.until("the index to forget it", () => daemon.printed.some((line) => line.startsWith("expired fast")));
    await daemon.until(
      "the counts",
      async () => (await daemon.metric('fast_ts_mistimed_events_total{reason="ahead"}')) >= 2,
    );
    assert.equal(await daemon.metric('fast_ts_mistimed_events_total{reason="time_unit"}'), 3);
    const lines = daemon.linesOf("events are further ahead of the clock than max-ahead: they count as now");
    assert.deepEqual(
      lines.map(({ host, service }) => [host, service]),
      [["fast", "clock"]],
    );
    await beat(daemon, client);
  });

  test(`a clock that is set forward or back silences nothing, with ${workers} workers`, async (t) => {
    const set = clockOf(t);
    const flags = ["--workers", String(workers), "--max-ahead", "0.5"];
    const daemon = await DaemonProcess.start(t, ROUTES, flags, set.env);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    await beat(daemon, client);
    for (const offset of [3600, 0, -3600, -7200, 0]) {
      const isExpired = printedFromNow(daemon, "expired kept");
      await client.send({ host: "kept", service: "series", ttl: 0.5 });
      set.offset(offset);
      await beat(daemon, client);
      await daemon.until("it to expire", () => isExpired() > 0);
    }
  });

  test(`--time-units off leaves times as they are, with ${workers} workers`, async (t) => {
    const daemon = await DaemonProcess.start(t, ROUTES, ["--workers", String(workers), "--time-units", "off"]);
    const client = await Client.open(daemon.port);
    t.after(() => client.close());
    await client.send({ service: "raw", time: "1795968620123" });
    await daemon.until("it", () => daemon.printed.some((line) => line.endsWith("1795968620123")));
    await beat(daemon, client);
  });
}

/** Sends beats until windows of them come out, and they have lasted: as at the start, so at any time. */
async function beat(daemon: DaemonProcess, client: Client): Promise<void> {
  const [windows, lasting] = [printedFromNow(daemon, "window"), printedFromNow(daemon, "lasting")];
  await daemon.until("windows of beats", async () => {
    await client.send({ service: "beat", metric_d: 1 });
    return windows() >= 3 && lasting() >= 3;
  });
}

/** How many such lines were printed since this call. */
function printedFromNow(daemon: DaemonProcess, what: string): () => number {
  const before = daemon.printed.length;
  return () => daemon.printed.slice(before).filter((line) => line.startsWith(what)).length;
}

/** A clock for the daemon that is ahead of the machine's by what it is set to. */
function clockOf(t: TestContext): { readonly env: NodeJS.ProcessEnv; offset(seconds: number): void } {
  const dir = routeDir(t, {
    "clock.mjs": `import { readFileSync } from "node:fs";
const real = Date.now;
let offset = 0;
const look = () => { offset = Number(readFileSync(process.env.CLOCK_OFFSET, "utf8") || offset); };
look();
setInterval(look, 10).unref();
Date.now = () => real() + offset * 1000;
`,
    offset: "0",
  });
  const file = join(dir, "offset");
  const env = { CLOCK_OFFSET: file, NODE_OPTIONS: `--import ${pathToFileURL(join(dir, "clock.mjs"))}` };
  return { env, offset: (seconds) => writeFileSync(file, String(seconds)) };
}
