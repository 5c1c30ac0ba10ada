import assert from "node:assert/strict";
import { test } from "node:test";
import { type Event, event } from "../../src/core/event.ts";
import { DEFAULT_TTL, expire, isExpired, secondsLeft } from "../../src/core/expiry.ts";
import { VirtualClock } from "../../src/testing/index.ts";

function isExpiredAt(now: number, one: Event, defaultTtl: number): boolean {
  return isExpired(one, new VirtualClock(now), defaultTtl, now);
}

test("an event that says so has expired, whatever its age", () => {
  assert.equal(isExpiredAt(100, event({ state: "expired", time: 100, ttl: 1000 }), DEFAULT_TTL), true);
});

test("an event expires when it is older than its ttl, and not yet when it is just as old", () => {
  assert.equal(isExpiredAt(105, event({ time: 100, ttl: 5 }), DEFAULT_TTL), false);
  assert.equal(isExpiredAt(105.001, event({ time: 100, ttl: 5 }), DEFAULT_TTL), true);
  assert.equal(isExpiredAt(100, event({ time: 100, ttl: 0 }), DEFAULT_TTL), false);
});

test("an event without a ttl expires after the default one", () => {
  assert.equal(isExpiredAt(160, event({ time: 100 }), DEFAULT_TTL), false);
  assert.equal(isExpiredAt(160.001, event({ time: 100 }), DEFAULT_TTL), true);
  assert.equal(isExpiredAt(105.001, event({ time: 100 }), 5), true);
  assert.equal(isExpiredAt(160, event({ time: 100, ttl: 60 }), 5), false, "its own wins");
});

test("a ttl of NaN is none", () => {
  const one = event({ time: 100, ttl: Number.NaN });
  assert.deepEqual([isExpiredAt(160, one, DEFAULT_TTL), isExpiredAt(160.001, one, DEFAULT_TTL)], [false, true]);
  assert.equal(secondsLeft(one, new VirtualClock(100), 7, 100), 7);
});

test("an event that is too far ahead expires its ttl after it was first looked at", () => {
  const clock = new VirtualClock(1000);
  const ahead = event({ time: 5000, ttl: 10 });
  assert.equal(secondsLeft(ahead, clock, 60, clock.now()), 10);
  clock.advanceTo(1010);
  assert.equal(isExpired(ahead, clock, DEFAULT_TTL, clock.now()), false);
  clock.advanceTo(1011);
  assert.equal(isExpired(ahead, clock, DEFAULT_TTL, clock.now()), true);
});

test("an event has left what its ttl says, and without one what idle says", () => {
  const clock = new VirtualClock(1000);
  assert.equal(secondsLeft(event({ time: 1050, ttl: 10 }), clock, 60, 1000), 60, "not too far ahead");
  assert.equal(secondsLeft(event({ time: 995, ttl: 10 }), clock, 60, 1000), 5);
  assert.equal(secondsLeft(event({ time: 0 }), clock, 60, 1000), 60);
});

test("of an expired event host and service are left, with the time it expired", () => {
  const lively = event({ host: "a", service: "b", metric: 1, time: 1, ttl: 3, tags: ["x"], attributes: { y: "z" } });
  assert.deepEqual(expire(lively, 7), event({ host: "a", service: "b", state: "expired", time: 7 }));
});
