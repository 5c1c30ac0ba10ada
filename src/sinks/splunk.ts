import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { aString, checkKeys, checkOption } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import type { HttpAnswer } from "../delivery/http-client.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { below, httpSink } from "./http-sink.ts";
import { checkText, checkUrl } from "./url.ts";

/** How events are given to Splunk; a field left out has its default. */
export interface SplunkOptions extends DeliveryOptions, TlsFiles {
  /** The token of the HTTP Event Collector. */
  readonly token: string | Secret;
  /** The index. @default that of the token */
  readonly index?: string;
}

const DEFAULTS: TargetSettings = { ...DELIVERY_DEFAULTS, batch: { events: 1000, bytes: 512 * 1024, seconds: 0 } };
/** `Incorrect index`: it is the same for all events. */
const INCORRECT_INDEX = 7;

/**
 * Gives each event to Splunk's HTTP Event Collector, many in a request, and passes the event on.
 *
 * Sent: to `/services/collector/event` an object for each event with its time, its host and the event as `stdout()` prints
 * it, without what is null; the source is `fast-ts`.
 * Limits: 1,000 events or about 512 KiB a request, one request at a time; the order is kept.
 * Tried again: 408, 429 and 5xx, such as 503 (`Server is busy`), with `Retry-After`, a broken connection, no answer.
 * Given up: events that Splunk does not want, found by halving the request; all of a request when the token (401, 403) or the
 * index is wrong.
 * Duplicates: a request whose answer was lost is sent again: its events are there twice.
 *
 * @param url - The collector, `https://splunk.example.com:8088`, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("to Splunk", [splunk("https://splunk.example.com:8088", { token: secret("SPLUNK_TOKEN"), index: "metrics" })]);
 */
export function splunk(url: string | Secret, options: SplunkOptions): Through<EventOrList> {
  checkKeys("splunk", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "token", "index"]);
  const { token, index } = options;
  checkUrl("splunk", url);
  checkText("splunk", "token", token);
  if (index !== undefined) checkOption("splunk", "index", index, aString);
  return httpSink({
    sink: "splunk",
    url,
    options,
    defaults: DEFAULTS,
    part: index ?? "",
    address: [token],
    open(base) {
      const to = below(base, "services/collector/event");
      const headers = { "content-type": "application/json", authorization: `Splunk ${reveal(token)}` };
      return async (events, send) => {
        const body = events.map((event) => JSON.stringify(collected(event, index))).join("\n");
        const { answer, failure } = await send(to, { method: "POST", headers, body });
        return failure === null || codeOf(answer) !== INCORRECT_INDEX
          ? failure
          : new DeliveryFailure("failed", failure.message, { answer: failure.answer });
      };
    },
  });
}

/** https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector */
function collected(event: Event, index: string | undefined): Record<string, unknown> {
  const { time, host, ...fields } = event.toJSON();
  return {
    time,
    ...(host !== null && { host }),
    source: "fast-ts",
    ...(index !== undefined && { index }),
    event: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)),
  };
}

/** `{"text":"Incorrect index","code":7}` */
function codeOf({ text }: HttpAnswer): number {
  return Number(/"code"\s*:\s*(\d+)/.exec(text)?.[1] ?? 0);
}
