import { hostname } from "node:os";
import type { TargetScope } from "../core/target-port.ts";
import { encodeFrame } from "../wire/codec.ts";

/** What targets need of a thread; `inject`: gives a frame of events to all pipelines. */
export function newTargetScope(
  { clock, log }: Pick<TargetScope, "clock" | "log">,
  inject: (frame: Buffer) => unknown,
): TargetScope {
  const outage: TargetScope["outage"] = (target, state, description) =>
    void inject(outageFrame(target, state, description));
  return { clock, log, random: Math.random, outage };
}

/** The event that tells of an outage of a target, or of its end, as a frame for all pipelines. */
function outageFrame(target: string, state: "critical" | "ok", description: string): Buffer {
  const attributes = [{ key: "target", value: target }];
  return encodeFrame({
    events: [
      { host: hostname(), service: "fast-ts delivery", state, description, attributes, tags: ["fast-ts", "delivery"] },
    ],
  });
}
