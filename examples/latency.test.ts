import assert from "node:assert/strict";
import { test } from "node:test";
import { routes, wait } from "fast-ts/testing";

const request = (seconds: number) => ({ host: "web-1", service: "web latency", metric: seconds, ttl: 60 });

/** The last thing printed of a service. */
const last = (events: readonly { service: string | null; metric: number | null }[], service: string) =>
  events.findLast((event) => event.service === service)?.metric ?? null;

test("every ten seconds the latency distribution is printed", () => {
  const t = routes("./latency.ts");
  t.inject([...Array.from({ length: 100 }, (_, n) => request((n + 1) / 1000)), wait(10)]);
  for (const [point, expected] of [
    ["0.5", 0.051],
    ["0.95", 0.096],
    ["0.99", 0.1],
    ["1", 0.1],
  ] as const) {
    const seconds = last(t.sinks.stdout, `web latency ${point}`) ?? 0;
    assert.ok(Math.abs(seconds / expected - 1) < 0.016, `${point}: ${seconds}`); // as exact as the histogram is
  }
});

test("the share of happy users is printed every minute: tolerated requests count half", () => {
  const t = routes("./latency.ts");
  t.inject([request(0.1), request(0.2), request(1), request(9), wait(60)]);
  assert.equal(last(t.sinks.stdout, "web latency"), 2.5 / 4);
});

test("a slow minute is mailed, once an hour", () => {
  const t = routes("./latency.ts");
  const slowTenSeconds = [request(0.7), wait(10)];
  t.inject(Array.from({ length: 6 }, () => slowTenSeconds).flat());
  assert.equal(t.sinks.email.length, 0);
  t.inject(Array.from({ length: 60 }, () => slowTenSeconds).flat());
  assert.equal(t.sinks.email.length, 1);
  assert.equal(t.sinks.email[0]?.service, "web latency 0.99");
});

test("one slow request among many fast ones wakes nobody", () => {
  const t = routes("./latency.ts");
  const tenSeconds = [...Array.from({ length: 200 }, () => request(0.1)), request(5), wait(10)];
  t.inject(Array.from({ length: 60 }, () => tenSeconds).flat());
  assert.deepEqual(t.sinks.email, []);
});
