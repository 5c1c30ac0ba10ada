import assert from "node:assert/strict";
import { test } from "node:test";
import { RateLimit } from "../../src/http/rate-limit.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { randomNumbers } from "../e2e/mutants.ts";

test("as many pass at once as in a second, then one after the other", () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(4, clock);
  const passed = (): number => [1, 2, 3, 4, 5, 6].filter(() => limit.take("a")).length;
  assert.deepEqual([passed(), passed()], [4, 0]);
  clock.advanceTo(0.25);
  assert.equal(passed(), 1);
  clock.advanceTo(0.75);
  assert.equal(passed(), 2);
  clock.advanceTo(60);
  assert.equal(passed(), 4);
});

test("whoever asks when: no key passes more often than it may, and none is held up by another", () => {
  const random = randomNumbers(3);
  const clock = new VirtualClock();
  const limit = new RateLimit(10, clock);
  const passed = new Map<string, number[]>();
  let now = 0;
  for (let n = 0; n < 20_000; n++) {
    now += random(20) / 1000;
    clock.advanceTo(now);
    const key = `${random(random(2) === 0 ? 2 : 500)}`;
    if (limit.take(key)) passed.set(key, [...(passed.get(key) ?? []), now]);
  }
  for (const [key, times] of passed) {
    for (const [at, time] of times.entries()) {
      const within = times.slice(at).filter((other) => other < time + 1).length;
      assert.ok(within <= 20, `${key}: ${within} in a second`);
    }
    assert.ok(times.length <= 10 + 10 * now);
  }
  for (const key of ["0", "1"]) assert.ok((passed.get(key)?.length ?? 0) > 0.9 * 10 * now, key);
});
