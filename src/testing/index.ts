export type { Drop } from "./drops.ts";
export { type Recorded, type RoutesOptions, type RoutesUnderTest, routes } from "./routes.ts";
export { type Outcome, perform, type RunOptions, run, runAsync, runTimed, type Timed } from "./run.ts";
export { type At, at, type Step, type Wait, wait } from "./steps.ts";
export { VirtualClock } from "./virtual-clock.ts";
export type { LogLine } from "./virtual-thread.ts";
