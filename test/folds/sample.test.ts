import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { median, sample } from "../../src/folds/sample.ts";
import { withMetrics } from "./metrics.ts";

const hundred = withMetrics(...Array.from({ length: 100 }, (_, at) => ((at * 37) % 100) + 1));

test("sample takes the event at the point's place, without interpolation", () => {
  const metrics = (points: number[]) => sample(points)(hundred).map((one) => one.metric);
  assert.deepEqual(metrics([0, 0.5, 0.95, 0.99, 1]), [1, 51, 96, 100, 100]);
  assert.deepEqual(sample([0.5])(withMetrics(4, 1, 3, 2))[0]?.metric, 3);
  assert.deepEqual(sample([0.5])(withMetrics(1, 2))[0]?.metric, 2);
});

test("sample adds the point to the service, in the order of the list", () => {
  const services = sample([1, 0, 0.95])(hundred).map((one) => one.service);
  assert.deepEqual(services, ["s 1", "s 0", "s 0.95"]);
  assert.equal(sample([0.5])([event({ metric: 1, time: 0 })])[0]?.service, " 0.5");
});

test("sample adds to the service what an object says, upwards", () => {
  const services = sample({ 1: ".max", 0.99: ".p99", 0.5: ".median" })(hundred).map((one) => one.service);
  assert.deepEqual(services, ["s.median", "s.p99", "s.max"]);
});

test("sample leaves the rest of the event as it was", () => {
  const [only = null] = withMetrics(null, 3).slice(1);
  assert.deepEqual(sample([0.5])(withMetrics(null, 3)), [only?.with({ service: "s 0.5" })]);
});

test("sample leaves out events without a metric, and gives nothing without events", () => {
  assert.equal(sample([0])(withMetrics(null, Number.NaN, undefined, 5))[0]?.metric, 5);
  assert.deepEqual(sample([0, 1])(withMetrics(null, undefined)), []);
});

test("median is the higher of the two in the middle, as it was", () => {
  const events = withMetrics(9, 1, 3, 2);
  assert.deepEqual(median(events), events[2]);
  assert.equal(median([]), null);
});

test("sample refuses what is no point, such as 95 for 0.95", () => {
  assert.throws(() => sample([95]), {
    code: "FTS_STAGE_OPTION",
    message: "folds.sample(points): must be a list of numbers from 0 to 1, or an object of these and strings, got [95]",
  });
  assert.throws(() => sample({ 2: "x" }), { code: "FTS_STAGE_OPTION" });
  // @ts-expect-error a number is no list
  assert.throws(() => sample(0.5), { code: "FTS_STAGE_OPTION" });
  // @ts-expect-error what is added is text
  assert.throws(() => sample({ 0.5: 50 }), { code: "FTS_STAGE_OPTION" });
});
