import type { AnyStages } from "../src/core/pipeline.ts";
import type * as stages from "../src/stages/index.ts";
import { EVERY, pass } from "../test/stages/samples.ts";

const CHAIN = 16;

/** The stages whose work is lists of events: they hold them, give them out, or make something of them. */
export const GATHERING: ReadonlySet<string> = new Set<keyof typeof stages>([
  "batch",
  "coalesce",
  "combine",
  "fixedEventWindow",
  "fixedOffsetTimeWindow",
  "fixedTimeWindow",
  "foldInterval",
  "movingEventWindow",
  "movingTimeWindow",
  "percentiles",
  "project",
  "rollup",
  "sort",
  "stable",
]);

/** The chains whose cost is measured, by the name that the table shows. */
export const SAMPLES: Readonly<Record<string, () => AnyStages>> = {
  pass: () => [pass()],
  [`${CHAIN} x pass`]: () => Array.from({ length: CHAIN }, pass),
  ...EVERY,
};
