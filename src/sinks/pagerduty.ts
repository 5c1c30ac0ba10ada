import type { EventOrList } from "../core/event-list.ts";
import type { Through } from "../core/stage.ts";
import type { Secret } from "../delivery/secret.ts";
import { type PagerOptions, pagerSink } from "./pager.ts";
import { pagerdutyPost } from "./pagerduty-writer.ts";

/** What PagerDuty is told; a field left out has its default. */
export type PagerdutyOptions = PagerOptions;

/**
 * Opens, acknowledges and resolves incidents of PagerDuty, and passes events on.
 *
 * Sent: a request for each event to the Events API v2: `trigger`, `acknowledge` or `resolve` by what `alert` says, with its
 * key as `dedup_key`. Of events that no `alert` made, `ok` and `expired` resolve, all others trigger, with host and service
 * as the key. The severity is `critical`, `warning` or `info`, `error` for what is bad and not called critical.
 * Limits: summary 1,024 characters, key 255: of a longer one the end is a hash. Nothing is merged, as each alert has its key:
 * with `rate` what comes faster waits its turn, and there is no `digest`.
 * Tried again: 408, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: any other answer, as 400 for a wrong `routingKey`.
 * Duplicates: what is sent twice is one incident, by its key.
 *
 * @param routingKey - The integration key of the service: `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `routingKey` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("wake someone up", [
 *   alert([pagerduty(secret("PAGERDUTY_KEY"))], { hold: 300 }),
 * ]);
 * pipeline("in Europe", [
 *   alert([pagerduty(secret("PAGERDUTY_KEY"), { api: "https://events.eu.pagerduty.com/v2/enqueue" })], { hold: 300 }),
 * ]);
 */
export function pagerduty(routingKey: string | Secret, options: PagerdutyOptions = {}): Through<EventOrList> {
  return pagerSink({ sink: "pagerduty", api: API, compose: pagerdutyPost }, routingKey, options);
}

const API = "https://events.pagerduty.com/v2/enqueue";
