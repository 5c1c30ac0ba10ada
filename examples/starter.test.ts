import { expectEvents, routes, test, wait } from "fast-ts/testing";

test("every event is indexed, with a ttl", () => {
  const t = routes("./starter.ts");
  t.inject([
    { host: "web-1", service: "http", metric: 1 },
    { host: "web-1", service: "backup", ttl: 86_400 },
  ]);
  expectEvents(t.index, [
    { service: "backup", ttl: 86_400 },
    { service: "http", ttl: 60 },
  ]);
});

test("the rate of all events is indexed every five seconds", () => {
  const t = routes("./starter.ts");
  t.inject([...Array.from({ length: 10 }, () => ({ host: "web-1", service: "http", metric: 7 })), wait(5)]);
  expectEvents(
    t.index.filter(({ host }) => host === null),
    [{ service: "events/sec", state: "ok", metric: 2 }],
  );
});

test("percentiles are indexed of services that begin with per", () => {
  const t = routes("./starter.ts");
  t.inject([...Array.from({ length: 100 }, (_, n) => ({ service: "per-request", metric: n })), wait(5)]);
  expectEvents(
    t.index.filter(({ service }) => service?.startsWith("per-request ")),
    [
      { service: "per-request 0", metric: 0 },
      { service: "per-request 0.5", metric: 50 },
      { service: "per-request 0.95", metric: 95 },
      { service: "per-request 0.99", metric: 99 },
      { service: "per-request 1", metric: 99 },
    ],
  );
});

test("what falls silent leaves the index, and is printed once it has expired", () => {
  const t = routes("./starter.ts");
  t.inject([{ host: "web-1", service: "http", state: "ok" }, wait(60)]);
  expectEvents(t.sinks.stdout, []);
  t.inject([wait(20)]);
  expectEvents(t.sinks.stdout, [{ host: "web-1", service: "http", state: "expired" }]);
  expectEvents(
    t.index.filter(({ host }) => host === "web-1"),
    [],
  );
});
