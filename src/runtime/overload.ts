import { hostname } from "node:os";
import { encodeFrame } from "../wire/codec.ts";

/**
 * The event that tells all pipelines that one of them sheds, as a frame. One per episode. Each pipeline is a service: an
 * index has an event of each.
 */
export function overloadFrame(pipeline: string, description: string): Buffer {
  const attributes = [{ key: "pipeline", value: pipeline }];
  return encodeFrame({
    events: [
      {
        host: hostname(),
        service: `fast-ts overload ${pipeline}`,
        state: "critical",
        description,
        tags: ["fast-ts", "overload"],
        attributes,
      },
    ],
  });
}
