import { expectEvents, routes, test, wait } from "fast-ts/testing";

const request = (seconds: number) => ({ host: "web-1", service: "web latency", metric: seconds });

/** As exact as the histogram is. */
const about = (expected: number) => (metric: number) => Math.abs(metric / expected - 1) < 0.016;

test("every ten seconds the latency distribution is printed", () => {
  const t = routes("./latency.ts");
  t.inject([...Array.from({ length: 100 }, (_, n) => request((n + 1) / 1000)), wait(10)]);
  expectEvents(t.sinks.stdout, [
    { service: "web latency 0.5", metric: about(0.051) },
    { service: "web latency 0.95", metric: about(0.096) },
    { service: "web latency 0.99", metric: about(0.1) },
    { service: "web latency 1", metric: about(0.1) },
  ]);
});

test("the share of happy users is printed every minute: tolerated requests count half", () => {
  const t = routes("./latency.ts");
  t.inject([request(0.1), request(0.2), request(1), request(9), wait(60)]);
  const happy = t.recorded.filter(({ pipeline }) => pipeline === "happy users").flatMap(({ events }) => events);
  expectEvents(happy, [{ service: "web latency", metric: 2.5 / 4, time: 60 }]);
});

test("a slow minute is mailed, once an hour", () => {
  const t = routes("./latency.ts");
  const minute = Array.from({ length: 6 }, () => [request(0.7), wait(10)]).flat();
  t.inject(minute);
  expectEvents(t.sinks.email, []);
  for (let n = 0; n < 10; n++) t.inject(minute);
  expectEvents(t.sinks.email, [{ host: "web-1", service: "web latency 0.99" }]);
});

test("one slow request among many fast ones wakes nobody", () => {
  const t = routes("./latency.ts");
  const tenSeconds = [...Array.from({ length: 200 }, () => request(0.1)), request(5), wait(10)];
  for (let n = 0; n < 60; n++) t.inject(tenSeconds);
  expectEvents(t.sinks.email, []);
});
