import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import type { Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { checkHeaders, revealHeaders } from "./http-headers.ts";
import { httpSink } from "./http-sink.ts";
import { remoteWriteExchange } from "./remote-write-exchange.ts";
import { checkUrl } from "./url.ts";

/** How samples are sent to Prometheus; a field left out has its default. */
export interface RemoteWriteOptions extends DeliveryOptions, TlsFiles {
  /** The version of the protocol; a target that does not know version 2 is sent version 1. @default 1 */
  readonly version?: 1 | 2;
  /** Further headers of each request, credentials as `secret(…)`. @default none */
  readonly headers?: Readonly<Record<string, string | Secret>>;
}

const DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 2000, bytes: 4 * 1024 * 1024, seconds: 0 },
};
/**
 * Writes the metric of each event to Prometheus, or to what takes its remote write, such as Mimir, Thanos or Grafana Cloud,
 * many in a request, and passes the event on.
 *
 * Sent: a sample of the series `service{host="…",attribute="…"}`, characters that a name cannot have as `_`; an event in
 * state `expired` ends its series (a stale marker). State, description and tags are not sent. An event without a service,
 * or without a metric unless it is expired, is counted as refused.
 * Limits: 2,000 samples a request, one request at a time. Of each series the samples go in the order of time, one a
 * millisecond, the last one; those that are not younger than what was sent before are counted as refused, as Prometheus
 * would give the whole request up for them. This is known of the last 50,000 to 100,000 series.
 * Tried again: 408, 425, 429, 5xx with `Retry-After`, a broken connection, no answer; with version 1, once and for all, when
 * the target does not know version 2.
 * Given up: samples that the target does not want, found by halving the request. All samples on 401 and 403.
 * Duplicates: a request may be sent twice; the same sample twice is one sample.
 *
 * @param url - Where to write, `http://prometheus.example.com:9090/api/v1/write`, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("to Prometheus", [rate(10), remoteWrite("http://prometheus.example.com:9090/api/v1/write")]);
 */
export function remoteWrite(url: string | Secret, options: RemoteWriteOptions = {}): Through<EventOrList> {
  checkKeys("remoteWrite", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "version", "headers"]);
  const { version = 1, headers = {}, concurrency = 1 } = options;
  checkUrl("remoteWrite", url);
  checkOption("remoteWrite", "version", version, VERSION);
  checkOption("remoteWrite", "concurrency", concurrency, IN_ORDER);
  checkHeaders("remoteWrite", headers);
  return httpSink({
    sink: "remoteWrite",
    url,
    options,
    defaults: DEFAULTS,
    accepts: isSample,
    address: [headers],
    shape: [version],
    open: (base, scope) => remoteWriteExchange(base, version, revealHeaders(headers), scope),
  });
}

const VERSION: Rule = { must: "1 or 2", test: (v) => v === 1 || v === 2 };
const IN_ORDER: Rule = { must: "1, as each series is written in the order of time", test: (v) => v === 1 };

function isSample({ service, metric, state, time }: Event): boolean {
  return service !== null && service !== "" && time >= 0 && (metric !== null || state === "expired");
}
