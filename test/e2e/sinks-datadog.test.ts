import assert from "node:assert/strict";
import { test } from "node:test";
import { datadog } from "../../src/sinks/datadog.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { until } from "../until.ts";
import { lackingNewer, RealServer } from "./real-server.ts";

test("VictoriaMetrics has every point by Datadog's protocol", { skip: lackingNewer("victoria-metrics") }, async (t) => {
  const server = await RealServer.start(t, "victoria-metrics", (port, dir) => [
    ...[`-storageDataPath=${dir}`, `-httpListenAddr=127.0.0.1:${port}`, "-search.latencyOffset=0s"],
  ]);
  const outside = new Outside([datadog({ site: `${server.url}/datadog`, apiKey: "any", ...PATIENT })], "datadog#0");
  t.after(() => outside.close());
  const time = Math.floor(Date.now() / 1000);
  const EVENTS = 2000;
  outside.offer(
    ...Array.from({ length: EVENTS }, (_, n) => ({
      ...{ host: `h${n % 7}`, service: "cpu load", metric: n + 0.5, time, tags: ["env:prod"] },
      attributes: { number: String(n) },
    })),
  );
  await outside.settled();
  assert.equal(outside.report.delivered, EVENTS);
  const lines = await until("VictoriaMetrics to have all", async () => {
    await server.text("/internal/force_flush");
    const text = await server.text("/api/v1/export", { "match[]": '{number!=""}' });
    const all = text.trim().split("\n");
    return all.length === EVENTS && all.map((line) => JSON.parse(line));
  });
  for (const { metric, values, timestamps } of lines) {
    const n = Number(metric.number);
    assert.deepEqual([values, timestamps], [[n + 0.5], [time * 1000]]);
    assert.deepEqual([metric.__name__, metric.host, metric.env], ["cpu.load", `h${n % 7}`, "prod"]);
  }
});
