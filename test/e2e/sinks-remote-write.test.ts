import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type RemoteWriteOptions, remoteWrite } from "../../src/sinks/remote-write.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { until } from "../until.ts";
import { lacking, lackingNewer, ofSystem, RealServer } from "./real-server.ts";

const V2 = "--web.remote-write-receiver.accepted-protobuf-messages=io.prometheus.write.v2.Request";

const startPrometheus = (t: TestContext, program: string, ...more: string[]) =>
  RealServer.start(t, program, (port, dir) => {
    writeFileSync(join(dir, "prometheus.yml"), "global: {}\n");
    const paths = [`--config.file=${join(dir, "prometheus.yml")}`, `--storage.tsdb.path=${join(dir, "data")}`];
    return [...paths, `--web.listen-address=127.0.0.1:${port}`, "--web.enable-remote-write-receiver", ...more];
  });

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** What the server has of the last ten minutes, by the names of the series. */
async function stored(server: RealServer, job: string): Promise<ReadonlyMap<string, Series>> {
  const query = { query: `{job="${job}"}[10m]`, time: String(Date.now() / 1000 + 60) };
  const { data } = await server.json<{ data: { result: readonly Series[] } }>("/api/v1/query", query);
  return new Map(data.result.map((series) => [series.metric.__name__ ?? "", series]));
}

const isReady = async (server: RealServer): Promise<boolean> => (await server.text("/-/ready")).includes("Ready");

/** Sends some events, one of which no Prometheus takes, and looks for the others. */
async function check(t: TestContext, server: RealServer, options: RemoteWriteOptions): Promise<Outside> {
  await until("the server to be ready", () => isReady(server));
  const outside = new Outside([remoteWrite(`${server.url}/api/v1/write`, { ...PATIENT, ...options })], "remoteWrite#0");
  t.after(() => outside.close());
  const now = Math.floor(Date.now() / 1000);
  const attributes = { job: "check", "zone.a": 'a "b" \\ ü\n☃' };
  const at = (service: string, time: number, metric: number) => ({ host: "h 1", service, metric, time, attributes });
  outside.offer(
    at("cpu load", now, 3),
    at("cpu load", now - 2, 1),
    at("cpu load", now - 1.25, 0.1 + 0.2),
    at("too_old", now - 86_400 * 30, 9),
    ...Array.from({ length: 50 }, (_, n) => at(`many_${n}`, now, n)),
    { service: "gone", state: "expired", metric: null, time: now - 1, attributes },
    at("gone", now - 2, 5),
  );
  await outside.settled();
  const { delivered, dropped } = outside.report;
  assert.deepEqual([delivered, dropped.refused], [55, 1], JSON.stringify(outside.live.log));
  const series = await stored(server, "check");
  assert.deepEqual(series.get("cpu_load"), {
    metric: { __name__: "cpu_load", host: "h 1", job: "check", zone_a: attributes["zone.a"] },
    values: [
      [now - 2, "1"],
      [now - 1.25, "0.30000000000000004"],
      [now, "3"],
    ],
  });
  for (let n = 0; n < 50; n++) assert.deepEqual(series.get(`many_${n}`)?.values, [[now, String(n)]]);
  assert.deepEqual(series.get("gone")?.values, [[now - 2, "5"]], "a stale marker is no sample");
  return outside;
}

const skip = lacking("prometheus");
const skipNewer = lackingNewer("prometheus");

test("Prometheus has every sample of version 1, and what it does not take is found", { skip }, async (t) => {
  await check(t, await startPrometheus(t, ofSystem("prometheus")), {});
});

test("a Prometheus that does not know version 2 gets version 1, and loses nothing", { skip }, async (t) => {
  const outside = await check(t, await startPrometheus(t, ofSystem("prometheus")), { version: 2 });
  assert.match(JSON.stringify(outside.live.log), /does not know remote write 2/);
});

test("Prometheus 3 has every sample of version 2", { skip: skipNewer }, async (t) => {
  const outside = await check(t, await startPrometheus(t, "prometheus", V2), { version: 2 });
  assert.doesNotMatch(JSON.stringify(outside.live.log), /does not know remote write 2/);
});

test("VictoriaMetrics has every sample", { skip: lacking("victoria-metrics") }, async (t) => {
  const server = await RealServer.start(t, "victoria-metrics", (port, dir) => [
    ...[`-storageDataPath=${dir}`, `-httpListenAddr=127.0.0.1:${port}`, "-search.latencyOffset=0s"],
  ]);
  const outside = new Outside([remoteWrite(`${server.url}/api/v1/write`, PATIENT)], "remoteWrite#0");
  t.after(() => outside.close());
  const time = Math.floor(Date.now() / 1000);
  outside.offer(...Array.from({ length: 3000 }, (_, n) => ({ service: `s${n}`, metric: n, time })));
  await outside.settled();
  assert.equal(outside.report.delivered, 3000);
  await until("VictoriaMetrics to have all", async () => {
    await server.text("/internal/force_flush");
    const exported = await server.text("/api/v1/export", { "match[]": '{__name__=~"s.*"}' });
    return exported.trim().split("\n").length === 3000;
  });
});
