import { hostname } from "node:os";
import { encodeFrame } from "../wire/codec.ts";

/** The event that tells of an outage of a target, or of its end, as a frame for all pipelines. */
export function outageFrame(target: string, state: "critical" | "ok", description: string): Buffer {
  const attributes = [{ key: "target", value: target }];
  return encodeFrame({
    events: [
      { host: hostname(), service: "fast-ts delivery", state, description, attributes, tags: ["fast-ts", "delivery"] },
    ],
  });
}
