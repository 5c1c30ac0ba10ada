import { foreignProtocol } from "../wire/foreign-protocol.ts";

/** Why messages are refused, as it is counted. */
export type RefusalReason = "decodeErrors" | "oversized" | "refusedFrames" | "unfinished";

/** Says that a frame is too long, and what it may be instead. */
export function tooLong(length: number, maxFrame: number): string {
  const protocol = foreignProtocol(length);
  const hint = protocol === null ? "send smaller batches, or raise max-frame" : `this looks like ${protocol}`;
  return `frame of ${length} bytes is longer than the limit of ${maxFrame}: ${hint}`;
}
