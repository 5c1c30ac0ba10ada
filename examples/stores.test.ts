import assert from "node:assert/strict";
import { expectEvents, routes, test, wait } from "fast-ts/testing";

const latency = (metric: number) => ({ host: "api-1", service: "api latency", metric });

test("Prometheus can scrape every metric", () => {
  const t = routes("./stores.ts");
  t.inject([latency(0.1), { host: "api-1", service: "deploy" }]);
  expectEvents(t.sinks.prometheus, [latency(0.1)]);
});

test("the percentiles of ten seconds go to Prometheus and to OpenTelemetry", () => {
  const t = routes("./stores.ts");
  t.inject([...Array.from({ length: 100 }, (_, n) => latency(n)), wait(10)]);
  const points = t.sinks.remoteWrite?.flat().map(({ service, metric }) => [service, metric]);
  assert.deepEqual(points, [
    ["api latency 0.5", 50],
    ["api latency 0.99", 99],
  ]);
  assert.deepEqual(t.sinks.otlp, t.sinks.remoteWrite);
});

test("Elasticsearch gets errors that say something", () => {
  const t = routes("./stores.ts");
  const failed = { host: "api-1", service: "api", state: "critical", description: "no connection to db1" };
  t.inject([failed, { ...failed, state: "ok" }, { ...failed, description: null }]);
  expectEvents(t.sinks.elasticsearch, [failed]);
});
