import assert from "node:assert/strict";
import { test } from "node:test";
import { routes, wait } from "fast-ts/testing";

test("every event is indexed, with a ttl", () => {
  const t = routes("./starter.ts");
  t.inject([{ host: "web-1", service: "http", metric: 1 }]);
  assert.deepEqual(
    t.sinks.stdout.map(({ service, ttl }) => [service, ttl]),
    [["http", 60]],
  );
});

test("the rate of all events is indexed every five seconds", () => {
  const t = routes("./starter.ts");
  t.inject([...Array.from({ length: 10 }, () => ({ host: "web-1", service: "http", metric: 7 })), wait(5)]);
  const rate = t.sinks.stdout.find(({ service }) => service === "events/sec");
  assert.equal(rate?.metric, 2);
  assert.equal(rate?.host, null);
  assert.equal(rate?.state, "ok");
});

test("percentiles are indexed of services that begin with per", () => {
  const t = routes("./starter.ts");
  t.inject([...Array.from({ length: 100 }, (_, n) => ({ service: "per-request", metric: n })), wait(5)]);
  assert.deepEqual(
    t.sinks.stdout.filter(({ service }) => service?.startsWith("per-request ")).map(({ metric }) => metric),
    [0, 50, 95, 99, 99],
  );
});

test("what has expired is printed", () => {
  const t = routes("./starter.ts");
  t.inject([{ service: "http", state: "expired" }]);
  assert.equal(t.sinks.stdout.filter(({ state }) => state === "expired").length, 2);
});
