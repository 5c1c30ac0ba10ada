import assert from "node:assert/strict";
import { expectEvents, routes, test } from "fast-ts/testing";

const cpu = (state: string) => ({ host: "web-1", service: "cpu", state, metric: 1 });
const line = { host: "web-1", service: "log nginx", description: "GET / 200" };

test("Kafka gets everything", () => {
  const t = routes("./brokers.ts");
  t.inject([cpu("ok"), cpu("ok"), line]);
  assert.equal(t.sinks.kafka?.length, 3);
});

test("NATS gets what changes", () => {
  const t = routes("./brokers.ts");
  t.inject([cpu("ok"), cpu("critical"), cpu("critical"), cpu("ok")]);
  expectEvents(t.sinks.nats, [cpu("critical"), cpu("ok")]);
});

test("Redis gets the lines of logs", () => {
  const t = routes("./brokers.ts");
  t.inject([cpu("ok"), line, { ...line, description: null }]);
  expectEvents(t.sinks.redis, [line]);
});
