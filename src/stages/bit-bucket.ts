import { type Stage, stage } from "../core/stage.ts";

/**
 * Drops everything: events, lists, expired or not.
 *
 * Emits and holds nothing. Use it as the last stage of a branch whose output should not go on.
 *
 * @category Route
 * @example
 * pipeline("mail what is critical, print the rest", [
 *   where((e) => e.state === "critical", [rollup(5, 3600), email("ops@example.com"), bitBucket()], []),
 *   stdout(),
 * ]);
 */
export function bitBucket(): Stage<unknown, never> {
  return stage<unknown, never>("bitBucket", () => () => {}, { takes: "anything", memory: 0, changes: [] });
}
