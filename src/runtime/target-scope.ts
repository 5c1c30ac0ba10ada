import { hostname } from "node:os";
import type { TargetNews, TargetScope } from "../core/target-port.ts";
import { encodeFrame } from "../wire/codec.ts";

/** What targets need of a thread; `tell`: brings news to the main thread. */
export function newTargetScope(
  { clock, log, dataDir }: Pick<TargetScope, "clock" | "log" | "dataDir">,
  tell: (news: TargetNews) => void,
): TargetScope {
  return { clock, log, dataDir, random: Math.random, tell };
}

/** Longer than any outage: its end is told of, so that an index must not let the event of its beginning expire before. */
const NEWS_TTL_SECONDS = 30 * 86_400;

/** The event about a target, as a frame for all pipelines. Each target is a service: an index has an event of each. */
export function newsFrame({ target, attributes: more, service: news, ...event }: TargetNews): Buffer {
  const service = `${news} ${target}`;
  const attributes = Object.entries({ target, ...more }).map(([key, value]) => ({ key, value }));
  const tags = ["fast-ts", "delivery"];
  return encodeFrame({ events: [{ host: hostname(), service, ...event, attributes, tags, ttl: NEWS_TTL_SECONDS }] });
}
