import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import type { Timer } from "../../src/core/timer-queue.ts";
import * as s from "../../src/stages/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import fc from "../fast-check.ts";
import { trial } from "./trial.ts";

/** Its timers are late, as those of a busy thread. */
class LateClock extends VirtualClock {
  readonly #late: () => number;

  constructor(late: () => number) {
    super(1_796_040_002.5);
    this.#late = late;
  }

  override plan(timer: Timer, due: number, order?: number): void {
    super.plan(timer, due + this.#late(), order);
  }
}

/** Fewer than a tenth of the windows of the test: seconds. */
const lateness = fc.array(fc.double({ min: 0, max: 0.09, noNaN: true }), { minLength: 1, maxLength: 20 });

for (const [name, make] of [
  ["rate", (idle: number, more: object) => s.rate(1, { idle, ...more })],
  ["ddt", (idle: number, more: object) => s.ddt(1, { idle, ...more })],
] as const)
  for (const align of [undefined, "clock"] as const)
    test(`${name}, ${align ?? "not"} aligned: as many zeros follow, however late timers are`, () => {
      const zeros = (idle: number, late: readonly number[]): number => {
        let at = 0;
        const run = trial([make(idle, { align })], new LateClock(() => late[at++ % late.length] ?? 0));
        run.offer([event({ metric: 1, time: 1 }), event({ metric: 2, time: 2 })]);
        run.advanceTo(run.clock.now() + 30);
        run.end();
        return run.out.length;
      };
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 12 }), lateness, (idle, late) => {
          assert.equal(zeros(idle, late), 1 + idle);
        }),
      );
    });
