import { isoTime } from "../core/iso-time.ts";
import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { cutText } from "../delivery/cut-text.ts";
import { boundedKey, type PagerEvent } from "./pager.ts";
import { type PagerConfig, pagerWriter } from "./pager-writer.ts";
import type { Post } from "./post.ts";

const MAX_SUMMARY_CHARACTERS = 1024;
const MAX_KEY_CHARACTERS = 255;
/** Far below the 512 KB that an event may have. */
const MAX_DETAIL_CHARACTERS = 16 * 1024;

export function open(config: PagerConfig, scope: TargetScope): TargetWriter<readonly PagerEvent[]> {
  return pagerWriter(config, scope, pagerdutyPost);
}

/** https://developer.pagerduty.com/docs/events-api-v2/trigger-events */
export function pagerdutyPost(event: PagerEvent, { url, key }: Pick<PagerConfig, "url" | "key">): Post {
  const { phase, title, body, link, host, service, metric, time, tags, details } = event;
  const head = { routing_key: key, event_action: phase, dedup_key: boundedKey(event.key, MAX_KEY_CHARACTERS) };
  if (phase !== "trigger") return { url, body: JSON.stringify(head) };
  const payload = {
    summary: cutText(title, MAX_SUMMARY_CHARACTERS),
    source: host ?? "fast-ts",
    severity: severityOf(event),
    timestamp: isoTime(time),
    ...(service !== null && { component: service }),
    custom_details: {
      ...details,
      description: cutText(body, MAX_DETAIL_CHARACTERS),
      ...(metric !== null && { metric }),
      ...(tags.length > 0 && { tags }),
    },
    ...event.payload,
  };
  const links = link === null ? {} : { links: [{ href: link, text: title }] };
  return { url, body: JSON.stringify({ ...head, payload, ...links, client: "fast-ts" }) };
}

function severityOf({ state, color }: PagerEvent): "critical" | "error" | "warning" | "info" {
  if (state === "critical" || state === "emergency" || state === "fatal") return "critical";
  if (color === "warn") return "warning";
  return color === "bad" || state === "expired" ? "error" : "info";
}
