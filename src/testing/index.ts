export type { Outcome, RunOptions, Step } from "./run.ts";
export { at, perform, run, runTimed, wait } from "./run.ts";
export { VirtualClock } from "./virtual-clock.ts";
