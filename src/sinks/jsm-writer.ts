import type { TargetScope, TargetWriter } from "../core/target-port.ts";
import { cutText } from "../delivery/cut-text.ts";
import type { Color } from "./alert-text.ts";
import { boundedKey, type PagerEvent } from "./pager.ts";
import { type PagerConfig, pagerWriter } from "./pager-writer.ts";
import type { Post } from "./post.ts";

const MAX_MESSAGE_CHARACTERS = 130;
const MAX_ALIAS_CHARACTERS = 512;
const MAX_DESCRIPTION_CHARACTERS = 15_000;
const MAX_ENTITY_CHARACTERS = 512;
const MAX_TAGS = 20;
const MAX_TAG_CHARACTERS = 50;
const MAX_NOTE_CHARACTERS = 25_000;
const PRIORITIES: Readonly<Record<Color, string>> = { bad: "P1", warn: "P3", good: "P5", plain: "P5" };

export function open(config: PagerConfig, scope: TargetScope): TargetWriter<readonly PagerEvent[]> {
  return pagerWriter(config, scope, jsmPost);
}

/**
 * https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v2/api-group-integration-events, and
 * https://docs.opsgenie.com/docs/alert-api, of which it is the successor.
 */
export function jsmPost(event: PagerEvent, { url, key }: Pick<PagerConfig, "url" | "key">): Post {
  const headers = { authorization: `GenieKey ${key}` };
  const alias = boundedKey(event.key, MAX_ALIAS_CHARACTERS);
  if (event.phase === "trigger") return { url, headers, body: JSON.stringify(created(event, alias)) };
  const action = event.phase === "resolve" ? "close" : "acknowledge";
  const note = cutText([event.title, event.body].filter((text) => text !== "").join("\n"), MAX_NOTE_CHARACTERS);
  return {
    url: `${url}/${encodeURIComponent(alias)}/${action}?identifierType=alias`,
    headers,
    body: JSON.stringify({ source: "fast-ts", note }),
  };
}

function created(
  { title, body, link, host, service, metric, color, tags, details, payload }: PagerEvent,
  alias: string,
) {
  const shown = tags.slice(0, MAX_TAGS).map((tag) => cutText(tag, MAX_TAG_CHARACTERS));
  return {
    message: cutText(title, MAX_MESSAGE_CHARACTERS),
    alias,
    description: cutText([body, link].filter(Boolean).join("\n"), MAX_DESCRIPTION_CHARACTERS),
    ...(shown.length > 0 && { tags: shown }),
    details: {
      ...details,
      ...(host !== null && { host }),
      ...(service !== null && { service }),
      ...(metric !== null && { metric: String(metric) }),
    },
    ...(host !== null && { entity: cutText(host, MAX_ENTITY_CHARACTERS) }),
    source: "fast-ts",
    priority: PRIORITIES[color],
    ...payload,
  };
}
