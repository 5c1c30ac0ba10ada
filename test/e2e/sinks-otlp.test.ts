import assert from "node:assert/strict";
import { test } from "node:test";
import { otlp } from "../../src/sinks/otlp.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { until } from "../until.ts";
import { lackingNewer, RealServer } from "./real-server.ts";

interface Exported {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  readonly timestamps: readonly number[];
}

test("VictoriaMetrics has every point as it was sent", { skip: lackingNewer("victoria-metrics") }, async (t) => {
  const server = await RealServer.start(t, "victoria-metrics", (port, dir) => [
    ...[`-storageDataPath=${dir}`, `-httpListenAddr=127.0.0.1:${port}`, "-search.latencyOffset=0s"],
  ]);
  const outside = new Outside([otlp(`${server.url}/opentelemetry`, PATIENT)], "otlp#0");
  t.after(() => outside.close());
  const time = Math.floor(Date.now() / 1000);
  const EVENTS = 5000;
  outside.offer(
    ...Array.from({ length: EVENTS }, (_, n) => ({
      ...{ host: `h${n % 7}`, service: `s ${n % 11}`, metric: n + 0.5, time: time + 0.25 },
      attributes: { number: String(n), name: 'ü "☃"' },
    })),
  );
  await outside.settled();
  assert.equal(outside.report.delivered, EVENTS);
  const lines = await until("VictoriaMetrics to have all", async () => {
    await server.text("/internal/force_flush");
    const text = await server.text("/api/v1/export", { "match[]": '{number!=""}' });
    const all = text.trim().split("\n");
    return all.length === EVENTS && all.map((line) => JSON.parse(line) as Exported);
  });
  for (const { metric, values, timestamps } of lines) {
    const n = Number(metric.number);
    assert.deepEqual([values, timestamps], [[n + 0.5], [time * 1000 + 250]]);
    assert.deepEqual([metric["host.name"], metric.__name__, metric.name], [`h${n % 7}`, `s ${n % 11}`, 'ü "☃"']);
  }
});
