import assert from "node:assert/strict";
import { expectEvents, routes, test } from "fast-ts/testing";

const cpu = (metric: number | null, state: string | null = null) => ({ host: "web-1", service: "cpu", metric, state });

test("InfluxDB gets what is a number", () => {
  const t = routes("./elsewhere.ts");
  t.inject([cpu(0.5), cpu(null), cpu(Number.NaN), { metric: 1 }]);
  expectEvents(t.sinks.influxdb, [cpu(0.5)]);
});

test("Loki gets a line when a state becomes another than ok", () => {
  const t = routes("./elsewhere.ts");
  t.inject([cpu(0.1, "ok"), cpu(0.9, "critical"), cpu(0.9, "critical"), cpu(0.1, "ok"), cpu(0.8, "warning")]);
  expectEvents(t.sinks.loki, [cpu(0.9, "critical"), cpu(0.8, "warning")]);
});

test("the file gets everything", () => {
  const t = routes("./elsewhere.ts");
  t.inject([cpu(0.1, "ok"), cpu(null), { description: "something else" }]);
  assert.equal(t.sinks.file.length, 3);
});
