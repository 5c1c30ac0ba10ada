import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { hasPoint } from "./has-point.ts";
import { below, httpSink } from "./http-sink.ts";
import { checkText, checkUrl } from "./url.ts";

/** Where metrics go; a field left out has its default. */
export interface DatadogOptions extends DeliveryOptions, TlsFiles {
  readonly apiKey: string | Secret;
  /** The site, such as `datadoghq.eu`, or the URL of a proxy before its API. @default "datadoghq.com" */
  readonly site?: string;
}

const DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 5000, bytes: 4 * 1024 * 1024, seconds: 1 },
  concurrency: 2,
};
/** https://docs.datadoghq.com/api/latest/metrics/#submit-metrics */
const GAUGE = 3;
const MAX_NAME_CHARACTERS = 200;

/**
 * Sends the metric of each event to Datadog, many in a request, and passes the event on.
 *
 * Sent: JSON, compressed with deflate, to `/api/v2/series`: a gauge named by the words of the service, joined by dots, with
 * whole seconds, the host as a resource, attributes (`name:value`) and tags as tags. An event without a service, or whose
 * metric is not a finite number, is counted as refused; state and description are not sent.
 * Limits: 5,000 points a request, gathered for up to a second, two requests at a time. Datadog takes 512,000 bytes a request,
 * 5,242,880 before compression; what is larger is halved. Names are cut at 200 characters.
 * Tried again: 408, 429 and 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: points that Datadog does not want, found by halving the request; all of a request when the key is wrong (403).
 * Duplicates: a request may be sent twice; of the points of a series in the same second the last one counts.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when an option cannot work.
 * @category Output
 * @example
 * pipeline("to Datadog", [rate(10), datadog({ site: "datadoghq.eu", apiKey: secret("DD_API_KEY") })]);
 */
export function datadog(options: DatadogOptions): Through<EventOrList> {
  checkKeys("datadog", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "apiKey", "site"]);
  const { apiKey, site = "datadoghq.com" } = options;
  checkText("datadog", "apiKey", apiKey);
  checkOption("datadog", "site", site, SITE);
  const url = site.includes("://") ? site : `https://api.${site}`;
  checkUrl("datadog", url);
  return httpSink({
    sink: "datadog",
    url,
    options,
    defaults: DEFAULTS,
    address: [apiKey],
    accepts: (event) => hasPoint(event) && event.service !== null && event.service !== "",
    open(base) {
      const to = below(base, "api/v2/series");
      const headers = {
        "content-type": "application/json",
        "dd-api-key": reveal(apiKey),
      };
      return async (events, send) => {
        const body = JSON.stringify({ series: events.map(seriesOf) });
        return (await send(to, { method: "POST", headers, body, compress: "deflate" })).failure;
      };
    },
  });
}

const SITE: Rule = {
  must: 'a site such as "datadoghq.eu", or a URL',
  test: (v) => typeof v === "string" && (/^[\w.-]+$/.test(v) || (/^https?:/.test(v) && URL.canParse(v))),
};

function seriesOf({ host, service, metric, time, tags, attributes }: Event): Record<string, unknown> {
  const named = Object.entries(attributes).map(([name, value]) => `${name}:${value}`);
  return {
    metric: metricName(service ?? ""),
    type: GAUGE,
    points: [{ timestamp: Math.floor(time), value: metric }],
    ...(host !== null && { resources: [{ name: host, type: "host" }] }),
    ...(named.length + tags.length > 0 && { tags: [...named, ...tags] }),
  };
}

/** Letters, digits, underscores and dots, with a letter first. */
function metricName(service: string): string {
  const name = service
    .trim()
    .replace(/\s+/g, ".")
    .replace(/[^A-Za-z0-9_.]/g, "_");
  return (/^[A-Za-z]/.test(name) ? name : `m_${name}`).slice(0, MAX_NAME_CHARACTERS);
}
