import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { DEFAULT_TTL, expire, isExpired } from "../../src/core/expiry.ts";

test("an event that says so has expired, whatever its age", () => {
  assert.equal(isExpired(event({ state: "expired", time: 100, ttl: 1000 }), 100, DEFAULT_TTL), true);
});

test("an event expires when it is older than its ttl, and not yet when it is just as old", () => {
  assert.equal(isExpired(event({ time: 100, ttl: 5 }), 105, DEFAULT_TTL), false);
  assert.equal(isExpired(event({ time: 100, ttl: 5 }), 105.001, DEFAULT_TTL), true);
  assert.equal(isExpired(event({ time: 100, ttl: 0 }), 100, DEFAULT_TTL), false);
});

test("an event without a ttl expires after the default one", () => {
  assert.equal(isExpired(event({ time: 100 }), 160, DEFAULT_TTL), false);
  assert.equal(isExpired(event({ time: 100 }), 160.001, DEFAULT_TTL), true);
  assert.equal(isExpired(event({ time: 100 }), 105.001, 5), true);
  assert.equal(isExpired(event({ time: 100, ttl: 60 }), 160, 5), false, "its own wins");
});

test("of an expired event host and service are left, with the time it expired", () => {
  const lively = event({ host: "a", service: "b", metric: 1, time: 1, ttl: 3, tags: ["x"], attributes: { y: "z" } });
  assert.deepEqual(expire(lively, 7), event({ host: "a", service: "b", state: "expired", time: 7 }));
});
