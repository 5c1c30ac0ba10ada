import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { type GraphiteOptions, graphite } from "../../src/sinks/graphite.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { until } from "../until.ts";
import { lacking, programOf, RealServer } from "./real-server.ts";

const skip = lacking("carbon-cache", "graphite-carbon");
const SETTINGS = ["MAX_CACHE_SIZE", "MAX_UPDATES_PER_SECOND", "MAX_CREATES_PER_MINUTE"].map((name) => `${name} = inf`);

/** Carbon, which writes what it gets to whisper at once: a point a second, for a day. */
const start = (t: TestContext) =>
  RealServer.start(t, "carbon-cache", (port, dir) => {
    const dirs = ["STORAGE", "CONF", "LOG", "PID", "LOCAL_DATA"].map((name) => `${name}_DIR = ${dir}/`);
    const ports = ["LINE_RECEIVER_INTERFACE = 127.0.0.1", `LINE_RECEIVER_PORT = ${port}`, "PICKLE_RECEIVER_PORT = 0"];
    const config = ["[cache]", ...dirs, ...ports, "CACHE_QUERY_PORT = 0", "ENABLE_TAGS = False", "USER =", ...SETTINGS];
    writeFileSync(join(dir, "carbon.conf"), config.join("\n"));
    writeFileSync(join(dir, "storage-schemas.conf"), "[all]\npattern = .*\nretentions = 1s:1d\n");
    return [`--config=${join(dir, "carbon.conf")}`, "--debug", "start"];
  });

function sinkTo(t: TestContext, { port }: RealServer, options: GraphiteOptions = {}): Outside {
  const outside = new Outside([graphite(`127.0.0.1:${port}`, { ...PATIENT, ...options })], "graphite#0");
  t.after(() => outside.close());
  return outside;
}

/** The points of a metric, each as `time value`; none when there is no such file. */
async function points({ dir }: RealServer, file: string, from: number): Promise<string[]> {
  if (!existsSync(join(dir, file))) return [];
  const args = [`--from=${from - 1}`, join(dir, file)];
  const { stdout } = await promisify(execFile)(programOf("whisper-fetch") ?? "whisper-fetch", args);
  const lines = stdout.trimEnd().split("\n");
  return lines.filter((line) => !line.endsWith("None")).map((line) => line.split("\t").map(Number).join(" "));
}

test("points are read back from whisper, over an outage as well", { skip }, async (t) => {
  const carbon = await start(t);
  const outside = sinkTo(t, carbon);
  const from = Math.floor(Date.now() / 1000) - 3000;
  const events = Array.from({ length: 2500 }, (_, n) => ({
    ...{ host: "www.example.com", service: "api req 0.95", metric: n + 0.25, time: from + n },
  }));
  const sent = events.map(({ time, metric }) => `${time} ${metric}`);
  const read = () => points(carbon, "com/example/www/api/req/95.wsp", from);
  outside.offer(...events.slice(0, 1500));
  await outside.settled();
  await until("the first points", async () => (await read()).length === 1500);
  await carbon.stop();
  outside.offer(...events.slice(1500));
  await outside.until(({ pending }) => pending === 1000);
  await carbon.start();
  await outside.settled();
  await until("all points", async () => (await read()).length === 2500);
  assert.deepEqual(await read(), sent);
});

test("tags are those of carbon, and a line that it does not take costs no other point", { skip }, async (t) => {
  const carbon = await start(t);
  const outside = sinkTo(t, carbon, { tags: true, path: ({ service }) => service ?? "" });
  const time = Math.floor(Date.now() / 1000) - 10;
  outside.offer(
    { service: "cpu", metric: 1.5, time, attributes: { zone: "a", rack: "7" } },
    { service: "x".repeat(20_000), metric: 1, time },
    { service: "plain", metric: -2, time },
  );
  await outside.settled();
  const hash = createHash("sha256").update("cpu;rack=7;zone=a").digest("hex");
  const tagged = `_tagged/${hash.slice(0, 3)}/${hash.slice(3, 6)}/${hash}.wsp`;
  await until("the tagged point", async () => (await points(carbon, tagged, time)).length > 0);
  await until("the other one", async () => (await points(carbon, "plain.wsp", time)).length > 0);
  const read = await Promise.all([tagged, "plain.wsp"].map((file) => points(carbon, file, time)));
  assert.deepEqual(read, [[`${time} 1.5`], [`${time} -2`]]);
  const { delivered, dropped } = outside.report;
  assert.deepEqual([delivered, dropped.refused], [2, 1]);
});
