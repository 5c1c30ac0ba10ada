import type { AnyStages } from "../../src/core/pipeline.ts";
import * as folds from "../../src/folds/index.ts";
import * as s from "../../src/stages/index.ts";
import { EVERY } from "./samples.ts";

/** Further uses of stages; each is named by its own text. A stage that is in none of these is still in `EVERY`. */
const VARIANTS: readonly (() => AnyStages)[] = [
  () => [s.aboveFor(0, 3)],
  () => [s.alert([s.tag("told")], { hold: 3, repeat: 9, onExpired: "keep", max: 2 })],
  () => [s.alert([], { by: "service", group: { by: "host", seconds: 4 }, onExpired: "trigger" })],
  () => [s.by("service", [s.alert([], { hold: 1, repeat: 3 })], { max: 1, ttl: 3 })],
  () => [s.apdex(4, { satisfied: (e) => e.state === "ok", tolerated: (e) => e.metric !== null, align: "clock" })],
  () => [s.batch(3, 4)],
  () => [s.batch(3, 4, { align: "clock" })],
  () => [s.by("service", [s.rate(4), s.changed("metric")], { max: 2, ttl: 8 })],
  () => [s.changed("metric", { init: 1 })],
  () => [s.changedState({ max: 2, ttl: 8 })],
  () => [s.clockSkew({ max: 2, ttl: 8 })],
  () => [s.coalesce(3, { key: "service", max: 2, ttl: 8 })],
  () => [s.ddt(4, { idle: 7 })],
  () => [s.ddt(4, { idle: 0, align: "clock" })],
  () => [s.ewma(3)],
  () => [s.fillIn(12, { service: "filler" })],
  () => [s.fillInLast(12, { metric: 0 })],
  () => [s.fixedEventWindow(3)],
  () => [s.fixedOffsetTimeWindow(4, { grace: 1, maxEmpty: 9 })],
  () => [s.fixedOffsetTimeWindow(4, { flush: "clock", late: [s.tag("late")], maxEmpty: 9 })],
  () => [s.fixedTimeWindow(4, { maxEmpty: 9 })],
  () => [s.fixedTimeWindow(4, { grace: 3, max: 3, maxEmpty: 9 })],
  () => [s.fixedTimeWindow(0.1, { flush: "clock", maxEmpty: 9 })],
  () => [s.fixedTimeWindow(4, { grace: 9, flush: "clock", maxEmpty: 0 })],
  () => [s.foldInterval(4, (events) => events, { max: 5 })],
  () => [s.foldInterval(4, folds.quotient, { align: "clock" })],
  () => [s.histogram(4, { align: "clock" }), s.percentiles(4, [0.5], { method: "histogram", align: "clock" })],
  () => [s.index({ max: 2, interval: 4 }), s.deleteFromIndex("service")],
  () => [s.interpolateConstant(3, { idle: 7 })],
  () => [s.interpolateConstant(3, { align: "clock" })],
  () => [s.movingEventWindow(3)],
  () => [s.movingTimeWindow(4)],
  () => [s.movingTimeWindow(4, { flush: "clock", grace: 1, max: 3, late: [s.bitBucket()] })],
  () => [s.parallel(2, [s.runs(2, "metric")])],
  () => [s.percentiles(4, [0.5, 1])],
  () => [s.percentiles(4, { 0.9: " high" }, { method: "histogram", align: "clock" })],
  () => [s.predictLinear(3, 10)],
  () => [s.predictLinear(3, 10, { rebuild: 5 })],
  () => [s.rate(4, { idle: 7 })],
  () => [s.rate(4, { align: "clock" })],
  () => [s.rollup(1, 4, { max: 2 })],
  () => [s.rollup(2, 4, { align: "clock" })],
  () => [s.runs(2, "metric")],
  () => [s.sort(4, "metric", { grace: 2 })],
  () => [s.sort(4, "state", { flush: "clock", max: 3 })],
  () => [s.splitp("<", "metric", [[0, [s.tag("above")]]])],
  () => [s.stable(3, "state", { max: 3 })],
  () => [s.throttle(1, 4)],
  () => [s.throttle(1, 4, { align: "clock" })],
  () => [s.top(2, "metric", [s.rate(4)], { bottom: [s.tag("bottom")], demote: false, ttl: 5 })],
  () => [s.movingEventWindow(3), s.combine(folds.sum)],
  () => [s.movingEventWindow(3), s.combine(folds.product)],
  () => [s.movingEventWindow(3), s.combine(folds.difference)],
  () => [s.movingEventWindow(3), s.combine(folds.quotientSloppy)],
  () => [s.movingEventWindow(3), s.combine(folds.median)],
  () => [s.movingEventWindow(3), s.combine(folds.modes)],
  () => [s.movingEventWindow(3), s.combine(folds.minimum)],
  () => [s.movingEventWindow(3), s.combine(folds.maximum)],
  () => [s.movingEventWindow(3), s.combine(folds.stdDev)],
  () => [s.movingEventWindow(3), s.combine(folds.count)],
  () => [s.movingEventWindow(3), s.combine(folds.sample([0, 0.5, 1]))],
];

/** Every stage, alone as far as it can stand alone, and more of its options. */
export const USES = new Map<string, () => AnyStages>([
  ...Object.entries<() => AnyStages>(EVERY),
  ...VARIANTS.map((make) => [nameOf(make), make] as const),
]);

/** The text of its stages. */
export function nameOf(make: () => AnyStages): string {
  return String(make).replaceAll(/^\(\) => \[|\]$|\bs\./g, "");
}
