import { type Event, type EventOrList, eventsOf } from "../core/event.ts";
import { aFunction, checkKeys, checkOption } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import { type AlertMark, marksOf } from "../delivery/alert-mark.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { alertBody, alertFacts, alertTitle, nameOf } from "./alert-text.ts";
import { addressOf, hiddenOf, tlsOf } from "./chat.ts";
import { checkUrl, labelOf } from "./url.ts";

/** What Alertmanager is told; a field left out has its default. */
export interface AlertmanagerOptions extends DeliveryOptions, TlsFiles {
  /**
   * What an alert is known, grouped and routed by; the same from its beginning to its end, so no values.
   * @default `alertname` (the service), `host`, `severity` (the state)
   */
  readonly labels?: (event: Event) => Readonly<Record<string, string>>;
  /** What is said of it. @default `summary`, `description`, `value` */
  readonly annotations?: (event: Event) => Readonly<Record<string, string>>;
  /** A page about it. @default none */
  readonly link?: (event: Event) => string;
}

/** An alert as Alertmanager takes it, and what it is told apart by: plain, for it crosses threads. */
export interface AlertmanagerAlert {
  readonly key: string;
  readonly isOver: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Unix seconds. */
  readonly since: number;
  readonly link: string | null;
  readonly alerts: readonly AlertMark[];
}

/**
 * Tells Alertmanager which alerts fire and which are over, and passes events on. It groups, silences and notifies.
 *
 * Sent: the alert of each event, to `/api/v2/alerts`. It fires until `alert` says that it is resolved; of events that no
 * `alert` made, until one is `ok` or `expired`. What fires is sent again each minute, for a day after the last event, as
 * Alertmanager takes for over what it does not hear of for five minutes. An alert of which the labels change, as its
 * severity does, ends under the old ones.
 * Limits: 500 alerts a request.
 * Tried again: 408, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: any other answer, as 400 for labels that are none: the request is halved until they are found.
 * Duplicates: an alert that is sent twice is the same alert.
 *
 * @param url - The server, `http://alertmanager.example.com:9093`, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is none or an option cannot work.
 * @category Output
 * @example
 * pipeline("alerts to Alertmanager", [alert([alertmanager("http://alertmanager.example.com:9093")], { hold: 300 })]);
 */
export function alertmanager(url: string | Secret, options: AlertmanagerOptions = {}): Through<EventOrList> {
  checkUrl("alertmanager", url);
  checkKeys("alertmanager", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "labels", "annotations", "link"]);
  const { labels = defaultLabels, annotations = defaultAnnotations, link, name, deadLetters } = options;
  for (const [option, make] of Object.entries({ labels, annotations, link }))
    if (make !== undefined) checkOption("alertmanager", option, make, aFunction);
  const settings = settingsOf("alertmanager", options, DELIVERY_DEFAULTS);
  const label = `alertmanager ${name ?? labelOf(url)}`;
  const toAlert = (event: Event): AlertmanagerAlert => {
    const { key, phase, since } = alertFacts(event);
    return {
      ...{ key, isOver: phase === "resolve", since: since ?? event.time },
      ...{ labels: { ...labels(event) }, annotations: { ...annotations(event) } },
      link: link === undefined ? null : String(link(event)),
      alerts: marksOf(event),
    };
  };
  return deliverySink<readonly AlertmanagerAlert[]>(
    "alertmanager",
    {
      id: `alertmanager ${name ?? addressOf(url)}`,
      label,
      settings,
      kind: "alertmanager",
      config: () => {
        const to = `${reveal(url).replace(/\/$/, "")}/api/v2/alerts`;
        return { label, url: to, hidden: hiddenOf(url), connections: settings.concurrency + 1, tls: tlsOf(options) };
      },
      render: (value) => eventsOf(value).map(toAlert),
      preview: (all) => JSON.stringify(all.map(({ alerts, ...shown }) => shown)),
    },
    { deadLetters },
  );
}

function defaultLabels(event: Event): Record<string, string> {
  const { host, service, state } = event;
  return {
    alertname: service || nameOf(event),
    ...(host && { host }),
    ...(state && state !== "ok" && state !== "expired" && { severity: state }),
  };
}

function defaultAnnotations(event: Event): Record<string, string> {
  return {
    summary: alertTitle(event),
    description: alertBody(event),
    ...(event.metric !== null && { value: String(event.metric) }),
  };
}
