import { expectEvents, routes, test, wait } from "fast-ts/testing";

test("every event is indexed, with a ttl", () => {
  const t = routes("./starter.ts");
  t.inject([
    { host: "web-1", service: "http", metric: 1 },
    { host: "web-1", service: "backup", ttl: 86_400 },
  ]);
  expectEvents(t.taps.index, [
    { service: "http", ttl: 60 },
    { service: "backup", ttl: 86_400 },
  ]);
});

test("the rate of all events is indexed every five seconds", () => {
  const t = routes("./starter.ts");
  t.inject([...Array.from({ length: 10 }, () => ({ host: "web-1", service: "http", metric: 7 })), wait(5)]);
  expectEvents(t.taps.index.slice(10), [{ host: null, service: "events/sec", state: "ok", metric: 2 }]);
});

test("percentiles are indexed of services that begin with per", () => {
  const t = routes("./starter.ts");
  t.inject([...Array.from({ length: 100 }, (_, n) => ({ service: "per-request", metric: n })), wait(5)]);
  expectEvents(
    t.taps.index.filter(({ service }) => service?.startsWith("per-request ")),
    [
      { service: "per-request 0", metric: 0 },
      { service: "per-request 0.5", metric: 50 },
      { service: "per-request 0.95", metric: 95 },
      { service: "per-request 0.99", metric: 99 },
      { service: "per-request 1", metric: 99 },
    ],
  );
});

test("what has expired is printed, and nothing else", () => {
  const t = routes("./starter.ts");
  t.inject([
    { service: "http", state: "ok" },
    { service: "http", state: "expired" },
  ]);
  expectEvents(t.sinks.stdout, [{ service: "http", state: "expired" }]);
});
