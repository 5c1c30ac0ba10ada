import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { aString, checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import type { HttpAnswer } from "../delivery/http-client.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { FastTsError } from "../errors.ts";
import { hasPoint } from "./has-point.ts";
import { below, httpSink } from "./http-sink.ts";
import { InfluxLines } from "./influx-line.ts";
import { checkText, checkUrl } from "./url.ts";

/** Which database of InfluxDB gets the points; a field left out has its default. */
export interface InfluxOptions extends DeliveryOptions, TlsFiles {
  /** The database, of InfluxDB 1 and 3. */
  readonly db?: string;
  /** The bucket, of InfluxDB 2. */
  readonly bucket?: string;
  /** The organization, of InfluxDB 2. @default none: that of the token */
  readonly org?: string;
  /** The API token. InfluxDB 1 takes a name and password in the URL instead. @default none */
  readonly token?: string | Secret;
  /** The version of the write API. @default 2 with a `bucket`, else 1 */
  readonly version?: 1 | 2 | 3;
}

const DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 5000, bytes: 4 * 1024 * 1024, seconds: 0 },
  concurrency: 2,
};
/** An operator creates the database that is missing. */
const NOT_FOUND_SECONDS = 10;

/**
 * Writes the metric of each event to InfluxDB, or to what speaks its line protocol, many in a request, and passes the
 * event on.
 *
 * Sent: lines `service,host=…,attribute=… value=metric time`, the time in microseconds; state, description and tags are
 * not. A `#` that a service begins with becomes `_`, as it would make the line a comment. An event without a service, or
 * whose metric is not a finite number, is counted as refused.
 * Limits: 5,000 lines a request, two requests at a time.
 * Tried again: 408, 425, 429, 5xx with `Retry-After`, a broken connection, no answer; every 10 s while the database does
 * not exist (404).
 * Given up: lines that the answer names, as of another type than the field has; where it names none, the request is
 * halved until they are found. All lines on 401 and 403.
 * Duplicates: a request may be sent twice; a point that is written twice is the same point.
 *
 * @param url - The server, `http://influxdb.example.com:8086`, as text or as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("to InfluxDB 1", [influxdb("http://influxdb.example.com:8086", { db: "metrics" })]);
 * pipeline("to InfluxDB 2", [
 *   influxdb("https://influxdb.example.com", { bucket: "metrics", org: "ops", token: secret("INFLUX_TOKEN") }),
 * ]);
 */
export function influxdb(url: string | Secret, options: InfluxOptions): Through<EventOrList> {
  checkKeys("influxdb", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "db", "bucket", "org", "token", "version"]);
  const { db, bucket, org = "", token, version = bucket === undefined ? 1 : 2 } = options;
  checkUrl("influxdb", url);
  checkOption("influxdb", "version", version, VERSION);
  const [name, place] = version === 2 ? (["bucket", bucket] as const) : (["db", db] as const);
  checkOption("influxdb", name, place, aString);
  if (org !== "") checkOption("influxdb", "org", org, aString);
  if (token !== undefined) checkText("influxdb", "token", token);
  if (db !== undefined && bucket !== undefined)
    throw new FastTsError("FTS_STAGE_OPTION", "influxdb(options): takes db or bucket, not both");
  return httpSink({
    sink: "influxdb",
    url,
    options,
    defaults: DEFAULTS,
    accepts: (event) => hasPoint(event) && isNamed(event),
    address: [token],
    shape: [version],
    part: [place, org].filter((text) => text !== "").join(" "),
    open(base) {
      const key = token === undefined ? null : reveal(token);
      const to = {
        1: () => below(base, "write", { db: place ?? "", precision: "u" }),
        2: () => below(base, "api/v2/write", { ...(org !== "" && { org }), bucket: place ?? "", precision: "us" }),
        3: () => below(base, "api/v3/write_lp", { db: place ?? "", precision: "microsecond", accept_partial: "true" }),
      }[version]();
      const headers = {
        "content-type": "text/plain; charset=utf-8",
        ...(key !== null && { authorization: `${version === 3 ? "Bearer" : "Token"} ${key}` }),
      };
      const lines = new InfluxLines();
      return async (events, send) => {
        const { answer, failure } = await send(to, { method: "POST", headers, body: lines.of(events) });
        return failure === null ? null : judge(answer, failure, events, lines);
      };
    },
  });
}

const VERSION: Rule = { must: "1, 2 or 3", test: (v) => v === 1 || v === 2 || v === 3 };

function isNamed({ service }: Event): boolean {
  return service !== null && service !== "";
}

function judge(
  answer: HttpAnswer,
  failure: DeliveryFailure,
  events: readonly Event[],
  lines: InfluxLines,
): DeliveryFailure {
  const { message } = failure;
  if (answer.status === 404)
    return new DeliveryFailure("retry", `${message}: is the database there?`, {
      retryAfter: Math.max(failure.retryAfter, NOT_FOUND_SECONDS),
      answer: failure.answer,
    });
  const rejected = answer.text.includes("partial write") ? namedLines(answer.text, events, lines) : [];
  return rejected.length === 0
    ? failure
    : new DeliveryFailure("refused", message, { answer: failure.answer, rejected });
}

/**
 * The events whose lines a partial answer names: InfluxDB 1 says `unable to parse 'LINE': why`, and
 * `… on measurement "NAME" is type float, already exists as type integer dropped=N`; InfluxDB 3 says `"line_number": N`.
 */
function namedLines(text: string, events: readonly Event[], lines: InfluxLines): number[] {
  const numbers = [...text.matchAll(/"line_number"\s*:\s*(\d+)/g)].map(([, number]) => Number(number) - 1);
  if (numbers.length > 0) return numbers.filter((index) => index < events.length);
  const [, measurement, dropped] = /on measurement \\?"(.*?)\\?" is type .* dropped=(\d+)/.exec(text) ?? [];
  const named = events.flatMap((event, index) =>
    event.service === measurement || text.includes(`unable to parse '${lines.line(event)}'`) ? [index] : [],
  );
  return dropped === undefined || named.length === Number(dropped) ? named : [];
}
