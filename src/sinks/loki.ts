import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { aString, checkKeys, checkOption } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import type { Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { checkHeaders, revealHeaders } from "./http-headers.ts";
import { below, httpSink } from "./http-sink.ts";
import { optionFunction, TEXTS } from "./option-function.ts";
import { labelName } from "./prometheus-labels.ts";
import { checkUrl } from "./url.ts";

/** How events become lines of Loki; a field left out has its default. */
export interface LokiOptions extends DeliveryOptions, TlsFiles {
  /**
   * The labels of an event's stream: few, each with few values, as every set of values is a stream of its own.
   * @default host, service and state
   */
  readonly labels?: (event: Event) => Readonly<Record<string, string | null>>;
  /** The tenant: the header `X-Scope-OrgID`. @default none */
  readonly tenant?: string;
  /** Further headers of each request, credentials as `secret(…)`. @default none */
  readonly headers?: Readonly<Record<string, string | Secret>>;
}

const DEFAULTS: TargetSettings = { ...DELIVERY_DEFAULTS, batch: { events: 1000, bytes: 1024 * 1024, seconds: 0 } };

/**
 * Sends each event to Grafana Loki as a line of a log, many in a request, and passes the event on.
 *
 * Sent: JSON to `/loki/api/v1/push`, a stream for each set of labels. The line is the description, or else service and
 * state; metric, ttl, tags and attributes are structured metadata, as texts.
 * Limits: 1,000 lines or about 1 MiB a request, one request at a time; the order is kept.
 * Tried again: 408, 425, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: lines that Loki does not want, such as too old ones, found by halving the request; all of a request on 401 and
 * 403.
 * Duplicates: a request whose answer was lost is sent again; Loki keeps one of lines that are equal in stream, time and text.
 *
 * @param url - The server, `http://loki.example.com:3100`, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("errors to Loki", [
 *   filter((e) => e.state === "critical"),
 *   loki("http://loki.example.com:3100", { labels: (e) => ({ job: "fast-ts", host: e.host }) }),
 * ]);
 */
export function loki(url: string | Secret, options: LokiOptions = {}): Through<EventOrList> {
  checkKeys("loki", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "labels", "tenant", "headers"]);
  const { tenant, headers = {} } = options;
  checkUrl("loki", url);
  const labels = optionFunction("loki", "labels", options.labels ?? defaultLabels, TEXTS);
  if (tenant !== undefined) checkOption("loki", "tenant", tenant, aString);
  checkHeaders("loki", headers);
  return httpSink({
    sink: "loki",
    url,
    options,
    defaults: DEFAULTS,
    part: tenant ?? "",
    address: [headers],
    shape: [options.labels],
    open(base) {
      const to = below(base, "loki/api/v1/push");
      const sent = {
        "content-type": "application/json",
        ...(tenant !== undefined && { "x-scope-orgid": tenant }),
        ...revealHeaders(headers),
      };
      return async (events, send) =>
        (await send(to, { method: "POST", headers: sent, body: JSON.stringify(pushOf(events, labels)) })).failure;
    },
  });
}

function defaultLabels({ host, service, state }: Event): Record<string, string | null> {
  return { host, service, state };
}

interface Stream {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: (readonly [nanoseconds: string, line: string, metadata: Readonly<Record<string, string>>])[];
}

/** https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs */
function pushOf(events: readonly Event[], labelsOf: (event: Event) => Record<string, string>): { streams: Stream[] } {
  const streams = new Map<string, Stream>();
  for (const event of events) {
    const labels = Object.entries(labelsOf(event)).flatMap(([name, value]) =>
      value === "" ? [] : [[labelName(name), value] as const],
    );
    // A stream has one label at least.
    const stream = Object.fromEntries(labels.length > 0 ? labels.sort() : [["source", "fast-ts"]]);
    const key = JSON.stringify(stream);
    const known = streams.get(key) ?? { stream, values: [] };
    if (known.values.length === 0) streams.set(key, known);
    known.values.push([nanoseconds(event.time), lineOf(event), metadataOf(event)]);
  }
  return { streams: [...streams.values()] };
}

function lineOf({ description, service, state }: Event): string {
  return description ?? [service, state].filter((text) => text !== null).join(" ");
}

function metadataOf({ metric, ttl, tags, attributes }: Event): Record<string, string> {
  const named = Object.entries(attributes).map(([name, value]) => [labelName(name), value]);
  return {
    ...Object.fromEntries(named),
    ...(metric !== null && { metric: String(metric) }),
    ...(ttl !== null && { ttl: String(ttl) }),
    ...(tags.length > 0 && { tags: tags.join(",") }),
  };
}

/** As a text: a number of JSON would not hold all digits. */
function nanoseconds(seconds: number): string {
  return `${Math.round(seconds * 1e6)}000`;
}
