import { type Event, type EventOrList, forEachEvent } from "../core/event.ts";
import { aBoolean, aFunction, checkKeys, checkOption } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetScope, TargetSettings } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { hasPoint } from "./has-point.ts";
import { checkHostPort } from "./host-port.ts";
import { LineConnection, QUIET_SECONDS } from "./line-connection.ts";

/** How events are named in Graphite; a field left out has its default. */
export interface GraphiteOptions extends DeliveryOptions {
  /**
   * The path of an event's metric.
   * @default the labels of the host in reverse order, then the words of the service, joined by dots; of a service that
   * ends in a quantile (`api req 0.95`) the digits behind its dot (`api.req.95`)
   */
  readonly path?: (event: Event) => string;
  /** Whether attributes are sent as Graphite tags: `path;name=value`. @default false */
  readonly tags?: boolean;
}

const DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 1000, bytes: 1024 * 1024, seconds: 0 },
  concurrency: 2,
};
const CONNECT_SECONDS = 10;

/**
 * Sends the metric of each event to Graphite, over a TCP connection that is kept, and passes the event on.
 *
 * Lines of carbon's plaintext protocol, `path value time`, the time in whole seconds. An event without a metric, or whose
 * metric is not finite, is counted as refused. Carbon answers nothing: when the connection breaks, the last two writes
 * are sent again, so that a point may come twice, which changes nothing; lines of earlier writes that carbon had not
 * read yet are lost, although they count as delivered. Order is kept.
 *
 * @param target - `host:port` of carbon's plaintext listener; the port is 2003 when it is left out.
 * @throws FastTsError `FTS_STAGE_OPTION` when `target` is no address or an option cannot work.
 * @category Output
 * @example
 * pipeline("to Graphite", [by(["host", "service"], [rate(10)]), graphite("graphite.example.com:2003")]);
 */
export function graphite(target: string, options: GraphiteOptions = {}): Through<EventOrList> {
  checkKeys("graphite", options, [...DELIVERY_OPTIONS, "path", "tags"]);
  const { host, port } = checkHostPort("graphite", target, 2003);
  const { path = graphitePath, tags = false, name, deadLetters } = options;
  checkOption("graphite", "path", path, aFunction);
  checkOption("graphite", "tags", tags, aBoolean);
  const label = name ?? `${host}:${port}`;
  const settings = settingsOf("graphite", options, DEFAULTS);
  const spec = {
    id: name ?? `graphite ${host}:${port}`,
    label: `graphite ${label}`,
    // The quiet second is no part of the write.
    settings: { ...settings, timeout: settings.timeout + QUIET_SECONDS },
    open: ({ clock }: TargetScope) => {
      const connection = new LineConnection(host, port, clock, CONNECT_SECONDS);
      return {
        write: (items: readonly EventOrList[], signal: AbortSignal) =>
          connection.write(graphiteLines(items, path, tags), signal),
        close: () => connection.close(),
      };
    },
  };
  return deliverySink("graphite", spec, { deadLetters, accepts: hasPoint });
}

/** The lines of all events. */
export function graphiteLines(items: readonly EventOrList[], path: (event: Event) => string, tags: boolean): string {
  let lines = "";
  const add = (event: Event): void => {
    const name = clean(path(event));
    lines += `${tags ? name + tagsOf(event) : name} ${event.metric} ${Math.floor(event.time)}\n`;
  };
  for (const item of items) forEachEvent(item, add);
  return lines;
}

/** Riemann's `graphite-path-percentiles`: `www.example.com` and `api req 0.95` are `com.example.www.api.req.95`. */
export function graphitePath({ host, service }: Event): string {
  const labels = host === null || host === "" ? [] : host.split(".").reverse();
  const words = (service ?? "").replace(/(\s|^)\d*\.(\d+)$/, "$1$2").split(" ");
  return [...labels, ...words.filter((word) => word !== "")].join(".");
}

/** A blank would end the path, and a line break the line. */
function clean(path: string): string {
  return /[\s;]/.test(path) ? path.replace(/[\s;]+/g, "_") : path;
}

function tagsOf({ attributes }: Event): string {
  let tags = "";
  for (const name in attributes) {
    const value = attributes[name] ?? "";
    if (name !== "" && value !== "") tags += `;${name.replace(/[\s;!^=]+/g, "_")}=${value.replace(/[\s;~]+/g, "_")}`;
  }
  return tags;
}
