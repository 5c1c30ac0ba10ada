import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { checkKeys } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import { marksOf } from "../delivery/alert-mark.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles, tlsOf } from "../delivery/tls-material.ts";
import { ALERT_KEY, alertBody, alertFacts, alertTitle, nameOf } from "./alert-text.ts";
import { type AlertmanagerAlert, shownNow } from "./alertmanager-alert.ts";
import { LINK, optionFunction, TEXTS } from "./option-function.ts";
import { renderedPost } from "./post.ts";
import { targetIdentity } from "./target-identity.ts";
import { addressOf, hiddenOf } from "./text-or-secret.ts";
import { checkUrl, labelOf, urlOf } from "./url.ts";

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
  readonly url?: (event: Event) => string;
}

/**
 * Tells Alertmanager which alerts fire and which are over, and passes events on. It groups, silences and notifies.
 *
 * Sent: the alert of each event, to `/api/v2/alerts`. It fires until `alert` says that it is resolved; of events that no
 * `alert` made, until one is `ok` or `expired`. Alertmanager takes an alert for resolved when it has not heard of it for
 * five minutes, so what fires is sent again each minute: for a day after the last event, and with `--data` after a restart
 * too. An alert whose labels change, as its severity does, ends under the old ones.
 * Limits: 500 alerts a request. At most 100,000 alerts, of about 64 MiB, are renewed: beyond, those heard of longest ago
 * are not, and the log says so.
 * Tried again: 408, 429, 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: any other answer, such as 400 for labels that are not valid: the request is halved until they are found.
 * Duplicates: an alert that is sent twice is the same alert.
 *
 * @param server - The address, `http://alertmanager.example.com:9093`, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `server` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("alerts to Alertmanager", [alert([alertmanager("http://alertmanager.example.com:9093")], { hold: 300 })]);
 */
export function alertmanager(server: string | Secret, options: AlertmanagerOptions = {}): Through<EventOrList> {
  checkUrl("alertmanager", server);
  checkKeys("alertmanager", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "labels", "annotations", "url"]);
  const { name, deadLetters } = options;
  const labels = optionFunction("alertmanager", "labels", options.labels ?? defaultLabels, TEXTS);
  const annotations = optionFunction("alertmanager", "annotations", options.annotations ?? defaultAnnotations, TEXTS);
  const url = optionFunction("alertmanager", "url", options.url, LINK);
  const settings = settingsOf("alertmanager", options, DELIVERY_DEFAULTS);
  const identity = targetIdentity("alertmanager", { name, shown: labelOf(server), address: [addressOf(server)] });
  const { label } = identity;
  const toAlert = (event: Event): AlertmanagerAlert => {
    const { key, phase, since } = alertFacts(event);
    return {
      key,
      isOver: phase === "resolve",
      since: since ?? event.time,
      labels: labels(event),
      annotations: annotations(event),
      link: url?.(event) ?? null,
      alerts: marksOf(event),
    };
  };
  return deliverySink<readonly AlertmanagerAlert[]>(
    "alertmanager",
    {
      ...identity,
      settings,
      kind: "alertmanager",
      config: () => ({
        label,
        url: apiOf(server),
        hidden: hiddenOf(server),
        connections: settings.concurrency + 1,
        tls: tlsOf(options),
      }),
      render: (value) => eventsOf(value).map(toAlert),
      shown: (alerts, { clock }) => {
        const posted = {
          url: urlOf(apiOf(server)).href,
          body: JSON.stringify(alerts.map((one) => shownNow(one, clock.now()))),
        };
        return [renderedPost(posted, apiOf(server))];
      },
    },
    { deadLetters, keyedBy: ALERT_KEY },
  );
}

function apiOf(server: string | Secret): string {
  return `${reveal(server).replace(/\/$/, "")}/api/v2/alerts`;
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
