import assert from "node:assert/strict";
import { test } from "node:test";
import { RestartIntensity } from "../../src/engine/restart-intensity.ts";

/** Four restarts at once; what the last one says. */
function burst(restarts: RestartIntensity, at: number): number {
  return [0, 1, 2, 3].map((n) => restarts.restarted(at + n / 10)).at(-1) ?? Number.NaN;
}

test("three restarts in five seconds are fine, a fourth is one too many", () => {
  const restarts = new RestartIntensity();
  assert.deepEqual(
    [0, 1, 2, 4.9].map((at) => restarts.restarted(at)),
    [0, 0, 0, 30],
  );
});

test("old restarts are forgotten", () => {
  const restarts = new RestartIntensity();
  assert.deepEqual(
    [0, 1, 2, 5, 6, 7].map((at) => restarts.restarted(at)),
    [0, 0, 0, 0, 0, 0],
  );
});

test("the rest doubles up to ten minutes while it keeps failing, and is 30 s again after a good while", () => {
  const restarts = new RestartIntensity();
  let now = 0;
  const waits: number[] = [];
  for (let n = 0; n < 7; n++) {
    const wait = burst(restarts, now);
    waits.push(wait);
    now += wait + 1;
  }
  assert.deepEqual(waits, [30, 60, 120, 240, 480, 600, 600]);
  assert.equal(burst(restarts, now + 3_600), 30);
});
