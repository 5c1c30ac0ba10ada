import assert from "node:assert/strict";
import { test } from "node:test";
import { Intensity } from "../../src/engine/intensity.ts";

/** Four restarts at once; what the last one says. */
function burst(intensity: Intensity, at: number): number {
  return [0, 1, 2, 3].map((n) => intensity.restarted(at + n / 10)).at(-1) ?? Number.NaN;
}

test("three restarts in five seconds are fine, a fourth is one too many", () => {
  const intensity = new Intensity();
  assert.deepEqual(
    [0, 1, 2, 4.9].map((at) => intensity.restarted(at)),
    [0, 0, 0, 30],
  );
});

test("old restarts are forgotten", () => {
  const intensity = new Intensity();
  assert.deepEqual(
    [0, 1, 2, 5, 6, 7].map((at) => intensity.restarted(at)),
    [0, 0, 0, 0, 0, 0],
  );
});

test("the rest doubles up to ten minutes while it keeps failing, and is 30 s again after a good while", () => {
  const intensity = new Intensity();
  let now = 0;
  const waits: number[] = [];
  for (let n = 0; n < 7; n++) {
    const wait = burst(intensity, now);
    waits.push(wait);
    now += wait + 1;
  }
  assert.deepEqual(waits, [30, 60, 120, 240, 480, 600, 600]);
  assert.equal(burst(intensity, now + 3_600), 30);
});
