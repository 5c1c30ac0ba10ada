import assert from "node:assert/strict";
import { test } from "node:test";
import { dividedSettings, settingsBehindTransit, transitSettings } from "../../src/delivery/divided-bounds.ts";
import { DELIVERY_DEFAULTS, type DeliveryOptions, settingsOf } from "../../src/delivery/options.ts";
import { slack, webhook } from "../../src/index.ts";
import fc from "../fast-check.ts";
import { rounds } from "../rounds.ts";

const SPILL = { dir: null, fsync: 1 } as const;
const amount = fc.integer({ min: 1, max: 100_000 });

test("the parts of all workers are no more than the whole, but for one event and one write in each", () => {
  fc.assert(
    fc.property(amount, amount, fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 16 }), (...given) => {
      const [maxEvents, maxBytes, concurrency, workers] = given;
      const spill = { ...SPILL, maxBytes };
      const part = dividedSettings({ ...DELIVERY_DEFAULTS, maxEvents, maxBytes, concurrency, spill }, workers);
      const whole = { maxEvents, maxBytes, concurrency };
      for (const key of ["maxEvents", "maxBytes", "concurrency"] as const)
        assert.ok(part[key] >= 1 && workers * part[key] <= Math.max(workers, whole[key]), key);
      assert.ok(workers * (part.spill?.maxBytes ?? 0) <= Math.max(workers, maxBytes));
    }),
    { numRuns: rounds(200) },
  );
});

test("what workers and the thread of a writer hold for those who wait is no more than the whole", () => {
  fc.assert(
    fc.property(amount, fc.integer({ min: 1, max: 16 }), (maxEvents, workers) => {
      const settings = { ...DELIVERY_DEFAULTS, maxEvents, onFull: "wait" } as const;
      const held =
        workers * transitSettings(settings, workers).maxEvents + settingsBehindTransit(settings, workers).maxEvents;
      assert.ok(held <= Math.max(workers + 1, maxEvents), `${held} of ${maxEvents}`);
    }),
    { numRuns: rounds(200) },
  );
});

test("bounds that are less than the workers hold whole in one of them, which all that feed the target share", () => {
  const edgeOf = (options: DeliveryOptions) => webhook("http://127.0.0.1:9/", options).edge?.maxWriters;
  const made = [{}, { concurrency: 3 }, { maxEvents: 2 }, { concurrency: 3, maxBytes: 1 }].map(edgeOf);
  assert.deepEqual(made, [undefined, 3, 2, 1]);
  assert.equal(
    slack("https://hooks.example.com/x", { concurrency: 1 }).edge?.maxWriters,
    undefined,
    "one writer anyway",
  );
  const settings = settingsOf("webhook", { concurrency: 3, maxEvents: 12 }, DELIVERY_DEFAULTS);
  const parts = (workers: number) => {
    const { concurrency, maxEvents } = dividedSettings(settings, workers);
    return [concurrency, maxEvents];
  };
  assert.deepEqual(
    [parts(3), parts(4)],
    [
      [1, 4],
      [3, 12],
    ],
  );
});
