import type { EventOrList } from "../core/event-list.ts";
import type { Through } from "../core/stage.ts";
import type { Secret } from "../delivery/secret.ts";
import { jsmPost } from "./jsm-writer.ts";
import { type PagerOptions, pagerSink } from "./pager.ts";

/** What Jira Service Management is told; a field left out has its default. */
export type JsmOptions = PagerOptions;

/**
 * Opens, acknowledges and closes alerts of Jira Service Management, and passes events on.
 *
 * Sent: a request for each event to the Operations API: a new alert, its acknowledgement or its end by what `alert` says,
 * with its key as `alias`. Of events that no `alert` made, `ok` and `expired` close, all others open one, with host and
 * service as the alias. The priority is P1 for what is bad, P3 for warnings, else P5.
 * Limits: message 130 characters, alias 512 (of a longer one the end is a hash), description 15,000. Nothing is merged, as
 * each alert has its alias: with `rate` what comes faster waits its turn, and there is no `digest`.
 * Tried again: 408, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: any other answer. The answer 202 says that the request is queued.
 * Duplicates: what is sent twice is one alert, by its alias.
 *
 * Opsgenie, which ends in April 2027, takes the same: `{ api: "https://api.opsgenie.com/v2/alerts" }`.
 *
 * @param key - The API key of the integration: `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `key` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("wake someone up", [alert([jsm(secret("JSM_KEY"))], { hold: 300 })]);
 */
export function jsm(key: string | Secret, options: JsmOptions = {}): Through<EventOrList> {
  return pagerSink({ sink: "jsm", api: API, compose: jsmPost }, key, options);
}

const API = "https://api.atlassian.com/jsm/ops/integration/v2/alerts";
