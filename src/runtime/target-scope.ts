import { hostname } from "node:os";
import type { TargetNews, TargetScope } from "../core/target-port.ts";
import { encodeFrame } from "../wire/codec.ts";

/** What targets need of a thread; `inject`: gives a frame of events to all pipelines. */
export function newTargetScope(
  { clock, log, dataDir }: Pick<TargetScope, "clock" | "log" | "dataDir">,
  inject: (frame: Buffer) => unknown,
): TargetScope {
  return { clock, log, dataDir, random: Math.random, tell: (news) => void inject(frameOf(news)) };
}

/** The event about a target, as a frame for all pipelines. */
function frameOf({ target, attributes: more, ...event }: TargetNews): Buffer {
  const attributes = Object.entries({ target, ...more }).map(([key, value]) => ({ key, value }));
  return encodeFrame({ events: [{ host: hostname(), ...event, attributes, tags: ["fast-ts", "delivery"] }] });
}
