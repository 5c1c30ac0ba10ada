import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { DEFAULT_TTL, ttlOf } from "../core/expiry.ts";
import { checkKeys } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS } from "../delivery/options.ts";
import { NAME, optionFunction, TEXTS } from "./option-function.ts";
import { labelName, labelsOf, metricName } from "./prometheus-labels.ts";
import type { ScrapedSample } from "./scraped-series.ts";

/** What events are called at `/metrics/events`; a field left out has its default. */
export interface PrometheusOptions {
  /** The name of an event's metric; characters that it cannot have become `_`. @default the service */
  readonly name?: (event: Event) => string;
  /** Its labels; those that are null or empty are left out. @default host and attributes */
  readonly labels?: (event: Event) => Readonly<Record<string, string | null>>;
}

const SETTINGS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 10_000, bytes: 4 * 1024 * 1024, seconds: 0 },
};

/**
 * Shows the last metric of each series to Prometheus, which scrapes them at `/metrics/events`, and passes the event on.
 * The page holds events: it asks for the token as `/api/*` does (`authorization` in Prometheus's `scrape_configs`).
 *
 * Sent: nothing; the page has a gauge `service{host="…",attribute="…"}` for each series, of all pipelines with this sink,
 * without a time. An event without a service or a metric is counted as refused, unless its state is `expired`: that ends its
 * series, as does the end of its ttl, 60 s when it has none.
 * Limits: 100,000 series.
 * Tried again: nothing.
 * Given up: samples of further series, counted as refused.
 * Duplicates: none. Series that become the same name are one, of which the last value counts; the last line of the page
 * counts how often.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when an option cannot work.
 * @category Output
 * @example
 * pipeline("for Prometheus", [by("service", [rate(10)]), prometheus()]);
 */
export function prometheus(options: PrometheusOptions = {}): Through<EventOrList> {
  checkKeys("prometheus", options, ["name", "labels"]);
  const name = optionFunction("prometheus", "name", options.name, NAME);
  const labels = optionFunction("prometheus", "labels", options.labels, TEXTS);
  const sampleOf = (event: Event): ScrapedSample => {
    const { service, metric, state } = event;
    const shown = name === undefined ? (service ?? "") : name(event);
    const pairs = labels === undefined ? labelsOf(event) : named(labels(event));
    return {
      name: metricName(shown),
      labels: pairs.map(([label, value]) => `${label}="${escaped(value)}"`).join(","),
      origin: JSON.stringify([shown, event.host, labels === undefined ? event.attributes : null]),
      value: state === "expired" ? null : metric,
      ttl: ttlOf(event, DEFAULT_TTL),
    };
  };
  const spec = {
    id: "prometheus",
    label: "prometheus /metrics/events",
    settings: SETTINGS,
    kind: "prometheus",
    config: () => null,
    render: (value: EventOrList) => eventsOf(value).map(sampleOf),
  };
  return deliverySink("prometheus", spec, { accepts: isSample, isVolatile: true });
}

function isSample({ service, metric, state }: Event): boolean {
  return service !== null && service !== "" && (metric !== null || state === "expired");
}

function named(labels: Readonly<Record<string, string>>): [string, string][] {
  const pairs = Object.entries(labels).flatMap(([name, value]): [string, string][] =>
    value === "" ? [] : [[labelName(name), value]],
  );
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details */
function escaped(value: string): string {
  return value.replace(/[\\\n"]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
}
