import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { aBoolean, checkKeys, checkOption } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetScope, TargetSettings } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { defaultPath, graphiteLines, MAX_LINE_BYTES } from "./graphite-line.ts";
import { hasPoint } from "./has-point.ts";
import { checkHostPort } from "./host-port.ts";
import { LineConnection, QUIET_SECONDS } from "./line-connection.ts";
import { NAME, optionFunction } from "./option-function.ts";
import { targetIdentity } from "./target-identity.ts";

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
const UNFIT = `the path is empty, or the line has more than ${MAX_LINE_BYTES} bytes: carbon takes neither`;

/**
 * Sends the metric of each event to Graphite, over a TCP connection that is kept, and passes the event on.
 *
 * Sent: lines of carbon's plaintext protocol, `path value time`, the time in whole seconds. An event without a metric, or
 * whose metric is not finite, is counted as refused; so is one whose path is empty, or whose line has more than 16,384
 * bytes, at which carbon closes the connection.
 * Limits: 1,000 lines a write, two writes under way; the order is kept.
 * Tried again: when the connection breaks, the last two writes, as carbon answers nothing; lines of earlier writes that it
 * had not read yet are lost, although they count as delivered.
 * Given up: nothing else, as carbon refuses nothing.
 * Duplicates: a point may come twice, which changes nothing.
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
  const { tags = false, name, deadLetters } = options;
  const path = optionFunction("graphite", "path", options.path, NAME) ?? defaultPath();
  checkOption("graphite", "tags", tags, aBoolean);
  const where = `${host}:${port}`;
  const settings = settingsOf("graphite", options, DEFAULTS);
  const spec = {
    ...targetIdentity("graphite", { name, shown: where, address: [where], shape: [options.path, tags] }),
    // The quiet second is no part of the write.
    settings: { ...settings, timeout: settings.timeout + QUIET_SECONDS },
    rendered: (items: readonly EventOrList[]) => [{ to: where, body: graphiteLines(items, path, tags).lines }],
    open: ({ clock }: TargetScope) => {
      const connection = new LineConnection(host, port, clock, CONNECT_SECONDS);
      return {
        async write(items: readonly EventOrList[], signal: AbortSignal): Promise<void> {
          const { lines, unfit } = graphiteLines(items, path, tags);
          if (lines !== "") await connection.write(lines, signal);
          if (unfit.length > 0) throw new DeliveryFailure("refused", UNFIT, { rejected: unfit });
        },
        close: () => connection.close(),
      };
    },
  };
  return deliverySink("graphite", spec, { deadLetters, accepts: hasPoint });
}
