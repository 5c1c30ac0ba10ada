import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { influxdb } from "../../src/sinks/influxdb.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { until } from "../until.ts";
import { lacking, RealServer } from "./real-server.ts";

const NAMES = ["plain", "a b", "a,b=c", "C:\\", "C:\\ d", "ü ☃", 'say "x"', "x=1"];
const EVENTS = NAMES.map((name, n) => ({
  ...{ host: name, service: `m ${name}`, metric: n + 0.5, time: 1_700_000_000 + n },
  attributes: { zone: name, [`k ${name}`]: "v" },
}));

const CONFIG = (port: number, dir: string): string => `
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
dir = "${dir}/meta"
[data]
dir = "${dir}/data"
wal-dir = "${dir}/wal"
[http]
bind-address = "127.0.0.1:${port}"
log-enabled = false
`;

const startInflux = (t: Parameters<typeof RealServer.start>[0]) =>
  RealServer.start(t, "influxd", (port, dir) => {
    writeFileSync(join(dir, "influx.conf"), CONFIG(port, dir));
    return ["-config", join(dir, "influx.conf")];
  });

interface Series {
  readonly name: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number)[])[];
}

async function query(server: RealServer, q: string): Promise<readonly Series[]> {
  const { results } = await server.json<{ results: readonly { readonly series?: readonly Series[] }[] }>("/query", {
    ...{ db: "metrics", epoch: "u", q },
  });
  return results[0]?.series ?? [];
}

const create = (server: RealServer) =>
  fetch(`${server.url}/query?${new URLSearchParams({ q: 'create database "metrics"' })}`, { method: "POST" });

/** A backslash before what has to be escaped arrives as a slash. */
const arrived = (name: string): string => name.replace(/\\(?=[ ,=]|$)/g, "/");

test("InfluxDB 1 has every point as it was sent", { skip: lacking("influxd", "influxdb") }, async (t) => {
  const server = await startInflux(t);
  const outside = new Outside([influxdb(server.url, { ...PATIENT, db: "metrics" })], "influxdb#0");
  t.after(() => outside.close());
  outside.offer(...EVENTS);
  await until("the log to say that the database is missing", () => outside.live.log.length > 0);
  assert.equal(outside.report.pending, EVENTS.length);
  await create(server);
  await outside.settled();
  assert.equal(outside.report.delivered, EVENTS.length);
  for (const [n, name] of NAMES.entries()) {
    const series = await query(server, `select * from /./ where value = ${n + 0.5}`);
    assert.equal(series.length, 1, name);
    const [{ name: measurement = "", columns = [], values = [] } = {}] = series;
    const point = Object.fromEntries(
      columns.map((column, at) => [column, values[0]?.[at]]).filter(([, value]) => value !== null),
    );
    const expected = { time: (1_700_000_000 + n) * 1e6, value: n + 0.5, host: arrived(name), zone: arrived(name) };
    assert.deepEqual([measurement, point], [arrived(`m ${name}`), { ...expected, [arrived(`k ${name}`)]: "v" }]);
  }
});

test("of a request that InfluxDB 1 stores in part, what it names is given up", {
  skip: lacking("influxd", "influxdb"),
}, async (t) => {
  const server = await startInflux(t);
  await create(server);
  const body = "whole value=1i 1700000000000000000";
  await fetch(`${server.url}/write?db=metrics`, { method: "POST", body });
  const outside = new Outside([influxdb(server.url, { ...PATIENT, db: "metrics" })], "influxdb#0");
  t.after(() => outside.close());
  const services = ["a", "whole", "b"];
  outside.offer(...services.map((service) => ({ service, metric: 0.5, time: 1_700_000_000 })));
  await outside.settled();
  const { delivered, dropped } = outside.report;
  assert.deepEqual([delivered, dropped.refused], [2, 1]);
  assert.deepEqual(
    (await query(server, "select value from /^[ab]$/")).map(({ name }) => name),
    ["a", "b"],
  );
});

for (const [version, options] of [
  [1, { db: "metrics" }],
  [2, { bucket: "metrics" }],
] as const)
  test(`VictoriaMetrics takes version ${version}`, { skip: lacking("victoria-metrics") }, async (t) => {
    const server = await RealServer.start(t, "victoria-metrics", (port, dir) => [
      ...[
        `-storageDataPath=${dir}`,
        `-httpListenAddr=127.0.0.1:${port}`,
        "-retentionPeriod=100y",
        "-search.latencyOffset=0s",
      ],
    ]);
    const outside = new Outside([influxdb(server.url, { ...PATIENT, ...options })], "influxdb#0");
    t.after(() => outside.close());
    outside.offer(...EVENTS);
    await outside.settled();
    assert.equal(outside.report.delivered, EVENTS.length);
    for (const [n, name] of NAMES.entries()) {
      const match = `{host=${JSON.stringify(arrived(name))}}`;
      const line = await until(`VictoriaMetrics to have ${name}`, async () => {
        await server.text("/internal/force_flush");
        const text = await server.text("/api/v1/export", { "match[]": match });
        return (
          text !== "" &&
          (JSON.parse(text) as { metric: Record<string, string>; values: number[]; timestamps: number[] })
        );
      });
      assert.deepEqual([line.values, line.timestamps], [[n + 0.5], [(1_700_000_000 + n) * 1000]]);
      assert.equal(line.metric.zone, arrived(name));
    }
  });
