import type { AnyStages } from "../../src/core/pipeline.ts";
import { type Stage, stage } from "../../src/core/stage.ts";
import * as folds from "../../src/folds/index.ts";
import * as stages from "../../src/stages/index.ts";
import { documentedUse } from "./documented.ts";

/** The least a stage can do. */
export const pass = (): Stage => stage("pass", ({ emit }) => emit, { memory: 0 });

/** Gives events times that pass, a second every thousand: in the mix it stands still, and no window would end. */
const ticking = (): Stage =>
  stage(
    "ticking",
    ({ emit, state }) => {
      const own = state(() => ({ time: 0 }));
      return (event) => {
        own.time += 0.001;
        emit(event.with({ time: own.time }));
      };
    },
    { memory: Number.POSITIVE_INFINITY },
  );

/** Stages as a user would write them; what each of its kind does with most events of the mix. One that is not here is used as documented. */
const WRITTEN: Readonly<Record<string, () => AnyStages>> = {
  aboveFor: () => [stages.aboveFor(-1e9, 5)],
  adjust: () => [stages.adjust({ metric: Math.round })],
  alert: () => [stages.alert([pass()])],
  apdex: () => [
    stages.apdex(5, { satisfied: (event) => event.state === "ok", tolerated: (event) => event.metric !== null }),
  ],
  batch: () => [stages.batch(100, 1)],
  belowFor: () => [stages.belowFor(1e9, 5)],
  betweenFor: () => [stages.betweenFor(-1e9, 1e9, 5)],
  bitBucket: () => [stages.bitBucket()],
  by: () => [stages.by(["host", "service"], [pass()])],
  catchErrors: () => [stages.catchErrors([pass()], [pass()])],
  changed: () => [stages.changed("state")],
  changedState: () => [stages.changedState({ init: "ok" })],
  clockSkew: () => [stages.clockSkew()],
  coalesce: () => [stages.coalesce(1)],
  combine: () => [stages.fixedEventWindow(100), stages.combine(folds.mean)],
  counter: () => [stages.counter()],
  ddt: () => [ticking(), stages.ddt()],
  defaults: () => [stages.defaults({ ttl: 60 })],
  deleteFromIndex: () => [stages.deleteFromIndex()],
  dual: () => [stages.dual((event) => event.state === "ok", [pass()], [pass()])],
  ewma: () => [ticking(), stages.ewma(60)],
  ewmaTimeless: () => [stages.ewmaTimeless(0.1)],
  expired: () => [stages.expired()],
  fillIn: () => [stages.fillIn(5, { service: "filler" })],
  fillInLast: () => [stages.fillInLast(5, { metric: 0 })],
  filter: () => [stages.filter((event) => event.state !== "expired")],
  fixedEventWindow: () => [stages.fixedEventWindow(100)],
  fixedOffsetTimeWindow: () => [ticking(), stages.fixedOffsetTimeWindow(1)],
  fixedTimeWindow: () => [ticking(), stages.fixedTimeWindow(1)],
  foldInterval: () => [stages.foldInterval(5, folds.mean)],
  histogram: () => [stages.histogram(5)],
  index: () => [stages.index()],
  interpolateConstant: () => [stages.interpolateConstant(5)],
  io: () => [stages.io([pass()])],
  keep: () => [stages.keep(["host", "service", "metric"])],
  map: () => [stages.map((event) => event.with({ metric: (event.metric ?? 0) * 2 }))],
  match: () => [stages.match("state", ["ok", "warning"])],
  movingEventWindow: () => [stages.movingEventWindow(10)],
  movingTimeWindow: () => [ticking(), stages.movingTimeWindow(0.01)],
  notExpired: () => [stages.notExpired()],
  omit: () => [stages.omit(["description", "tags"])],
  outsideFor: () => [stages.outsideFor(-1e9, -1e8, 5)],
  over: () => [stages.over(-1e9)],
  parallel: () => [stages.parallel(4, [pass()], { key: "host" })],
  percentiles: () => [stages.percentiles(5, [0.5, 0.95, 0.99], { method: "histogram" })],
  predictLinear: () => [ticking(), stages.predictLinear(20, 60)],
  project: () => [stages.project([(event) => event.state === "ok", (event) => event.state === "critical"])],
  publish: () => [stages.publish("nobody")],
  rate: () => [stages.rate(5)],
  reinject: () => [stages.reinject()],
  rename: () => [stages.rename({ state: "description" })],
  rollup: () => [stages.rollup(5, 1)],
  runs: () => [stages.runs(3, "state")],
  scale: () => [stages.scale(2)],
  sdo: () => [stages.sdo([pass()])],
  set: () => [stages.set({ metric: 1, description: null })],
  sflatten: () => [stages.fixedEventWindow(100), stages.sflatten()],
  silenced: () => [stages.silenced()],
  smap: () => [stages.smap((event) => event.with({ metric: (event.metric ?? 0) * 2 }))],
  smapcat: () => [stages.smapcat((event) => [event])],
  sort: () => [ticking(), stages.sort(1)],
  split: () => [stages.split([[(event) => event.state === "critical", [pass()]]], [pass()])],
  splitp: () => [stages.splitp("=", "state", [["critical", [pass()]]], [pass()])],
  sreduce: () => [stages.sreduce((max, event) => ((event.metric ?? 0) > (max.metric ?? 0) ? event : max))],
  stable: () => [stages.stable(5, "state")],
  subscribe: () => [stages.subscribe("channel")],
  tag: () => [stages.tag("bench")],
  tagged: () => [stages.tagged(["web", "latency"])],
  taggedAll: () => [stages.taggedAll(["web", "latency"])],
  taggedAny: () => [stages.taggedAny(["web", "latency"])],
  tap: () => [stages.tap("nobody")],
  tee: () => [stages.tee([pass()])],
  throttle: () => [stages.throttle(1e9, 1)],
  top: () => [stages.top(10, "metric", [pass()], { bottom: [pass()] })],
  under: () => [stages.under(1e9)],
  untag: () => [stages.untag("web")],
  where: () => [stages.where((event) => event.state === "ok", [pass()], [pass()])],
  whileFor: () => [stages.whileFor((event) => event.state !== "expired", 5)],
} satisfies Partial<Record<keyof typeof stages, () => AnyStages>>;

/** A use of every stage there is. */
export const EVERY: Readonly<Record<string, () => AnyStages>> = Object.fromEntries(
  Object.keys(stages).map((name) => [name, WRITTEN[name] ?? (() => documentedUse(name))]),
);
