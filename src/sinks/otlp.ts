import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { checkKeys, checkOption, oneOf } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import type { HttpAnswer } from "../delivery/http-client.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import type { Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { checkHeaders, revealHeaders } from "./http-headers.ts";
import { below, httpSink } from "./http-sink.ts";
import { readPartialSuccess } from "./otlp-answer.ts";
import { logsBody, metricsBody } from "./otlp-body.ts";
import { checkUrl } from "./url.ts";

/** How events are sent by OpenTelemetry's protocol; a field left out has its default. */
export interface OtlpOptions extends DeliveryOptions, TlsFiles {
  /** Whether events are sent as points of gauges or as log records. @default "metrics" */
  readonly signal?: "metrics" | "logs";
  /** Further headers of each request, credentials as `secret(…)`. @default none */
  readonly headers?: Readonly<Record<string, string | Secret>>;
}

const DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 4000, bytes: 8 * 1024 * 1024, seconds: 0 },
  concurrency: 2,
};
/** https://opentelemetry.io/docs/specs/otlp/#failures-1 */
const RETRIED = new Set([429, 502, 503, 504]);

/**
 * Sends events by OpenTelemetry's protocol over HTTP (OTLP), many in a request, and passes them on: to a collector, and to
 * Grafana Cloud, New Relic, Honeycomb, Dynatrace, Elastic or Splunk Observability, with a header for the credential.
 *
 * Sent: protobuf, compressed with gzip, to `/v1/metrics` or `/v1/logs` below the URL. As a metric: a point of a gauge named
 * by the service, with the attributes, `host.name` of its resource the host; an event without a service or a metric is
 * counted as refused; state, description and tags are not sent. As a log record: the description, or else service and
 * state, with the state as severity (critical: ERROR, warning: WARN, ok: INFO) and its text, attributes, `metric` and
 * `tags`; `host.name` and `service.name` are of its resource.
 * Limits: 4,000 events a request, two requests at a time.
 * Tried again: 429, 502, 503 and 504 with `Retry-After`, a broken connection, no answer.
 * Given up: as many events as the answer says it has rejected; with 400 and 413 the request is halved until the events
 * are found, as with one whose time is not between 1970 and 2554; all events of a request with any other answer, as the
 * protocol has it.
 * Duplicates: a request whose answer was lost is sent again; points that come twice are the same points, log records come
 * twice.
 *
 * @param url - The server, `http://collector.example.com:4318`, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("metrics to a collector", [rate(10), otlp("http://collector.example.com:4318")]);
 * pipeline("errors to Honeycomb", [
 *   filter((e) => e.state === "critical"),
 *   otlp("https://api.honeycomb.io", { signal: "logs", headers: { "x-honeycomb-team": secret("HONEYCOMB_KEY") } }),
 * ]);
 */
export function otlp(url: string | Secret, options: OtlpOptions = {}): Through<EventOrList> {
  checkKeys("otlp", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "signal", "headers"]);
  const { signal = "metrics", headers = {} } = options;
  checkUrl("otlp", url);
  checkOption("otlp", "signal", signal, oneOf("metrics", "logs"));
  checkHeaders("otlp", headers);
  return httpSink({
    sink: "otlp",
    url,
    part: signal,
    options,
    defaults: DEFAULTS,
    address: [headers],
    accepts: signal === "metrics" ? isPoint : () => true,
    open(base, { clock }) {
      const to = below(base, `v1/${signal}`);
      const sent = {
        "content-type": "application/x-protobuf",
        ...revealHeaders(headers),
      };
      return async (events, send) => {
        const body = signal === "metrics" ? metricsBody(events) : logsBody(events, clock.now());
        const { answer, failure } = await send(to, { method: "POST", headers: sent, body, compress: "gzip" });
        return failure === null ? rejection(answer, events.length, base.host) : judge(answer, failure);
      };
    },
  });
}

function isPoint({ service, metric }: Event): boolean {
  return service !== null && service !== "" && metric !== null;
}

function judge({ status }: HttpAnswer, failure: DeliveryFailure): DeliveryFailure {
  if (RETRIED.has(status) || status === 400 || status === 413) return failure;
  return new DeliveryFailure("failed", failure.message, { answer: failure.answer });
}

/** What a server did not take of a request that it answered with 2xx. It does not say which: the first ones stand for them. */
function rejection({ bytes }: HttpAnswer, count: number, host: string): DeliveryFailure | null {
  const { rejected, message } = readPartialSuccess(bytes);
  if (rejected === 0) return null;
  const indices = Array.from({ length: Math.min(rejected, count) }, (_, index) => index);
  return new DeliveryFailure("refused", `${host} rejected ${rejected} of ${count}`, {
    rejected: indices,
    answer: message,
  });
}
