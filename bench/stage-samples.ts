import { type Stage, stage } from "../src/core/stage.ts";
import * as stages from "../src/stages/index.ts";

/** The least a stage can do. */
export const pass = (): Stage => stage("pass", ({ emit }) => emit);

const CHAIN = 16;

/** Every stage there is, as a user would write it; what each of its kind does with most events of the mix. */
const EVERY = {
  by: () => stages.by(["host", "service"], [pass()]),
  changed: () => stages.changed("state"),
  changedState: () => stages.changedState({ init: "ok" }),
  filter: () => stages.filter((event) => event.state !== "expired"),
  map: () => stages.map((event) => event.with({ metric: (event.metric ?? 0) * 2 })),
  over: () => stages.over(-1e9),
  parallel: () => stages.parallel(4, [pass()], { key: "host" }),
  rate: () => stages.rate(5),
  runs: () => stages.runs(3, "state"),
  scale: () => stages.scale(2),
  sreduce: () => stages.sreduce((max, event) => ((event.metric ?? 0) > (max.metric ?? 0) ? event : max)),
  stable: () => stages.stable(5, "state"),
  tag: () => stages.tag("bench"),
  taggedAll: () => stages.taggedAll(["web", "latency"]),
  taggedAny: () => stages.taggedAny(["web", "latency"]),
  tee: () => stages.tee([pass()]),
  throttle: () => stages.throttle(1e9, 1),
  under: () => stages.under(1e9),
  untag: () => stages.untag("web"),
  where: () => stages.where((event) => event.state === "ok", [pass()], [pass()]),
} satisfies Record<keyof typeof stages, () => Stage>;

/** The chains whose cost is measured, by the name that the table shows. */
export const SAMPLES: Readonly<Record<string, () => readonly Stage[]>> = {
  pass: () => [pass()],
  [`${CHAIN} x pass`]: () => Array.from({ length: CHAIN }, pass),
  ...Object.fromEntries(Object.entries(EVERY).map(([name, make]) => [name, () => [make()]])),
};
