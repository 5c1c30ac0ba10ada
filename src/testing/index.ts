import { usePipelines } from "../core/pipeline.ts";

export type { Drop } from "./drops.ts";
export { expectEvents } from "./expect-events.ts";
export type { ExpectedEvent } from "./expected-event.ts";
export { routes } from "./routes.ts";
export type { Recorded, RenderedText, RoutesOptions, RoutesUnderTest } from "./routes-under-test.ts";
export { type Outcome, perform, type RunOptions, run, runAsync, runTimed, type Timed } from "./run.ts";
export { type At, at, type Step, type Wait, wait } from "./steps.ts";
export type { StrictRecord } from "./strict-record.ts";
export { test } from "./test.ts";
export { VirtualClock } from "./virtual-clock.ts";
export type { LogLine } from "./virtual-thread.ts";

usePipelines();
