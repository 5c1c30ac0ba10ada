import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { type HttpAnswer, headerOf } from "../delivery/http-client.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import type { Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { dateOf } from "./event-date.ts";
import { checkHeaders, revealHeaders } from "./http-headers.ts";
import { below, httpSink } from "./http-sink.ts";
import { checkUrl } from "./url.ts";

/** Where rows go; a field left out has its default. */
export interface ClickHouseOptions extends DeliveryOptions, TlsFiles {
  /** The table, `metrics` or `db.metrics`. */
  readonly table: string;
  /** Further headers of each request, credentials as `secret(…)`. @default none */
  readonly headers?: Readonly<Record<string, string | Secret>>;
}

const DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 10_000, bytes: 8 * 1024 * 1024, seconds: 1 },
};
/** Settings of each insert: the server gathers rows into parts and answers once they are stored. */
const SETTINGS = {
  async_insert: "1",
  wait_for_async_insert: "1",
  wait_end_of_query: "1",
  date_time_input_format: "best_effort",
  input_format_skip_unknown_fields: "1",
  input_format_null_as_default: "1",
};
/** UNKNOWN_TABLE, UNKNOWN_DATABASE: an operator creates what is missing. */
const MISSING = new Set([60, 81]);
const MISSING_SECONDS = 10;
/** UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, ACCESS_DENIED, AUTHENTICATION_FAILED */
const CREDENTIAL = new Set([192, 193, 194, 497, 516]);
/** What is wrong with a row: text, number, date or array that is none, a type that does not fit, a NULL, a column. */
const ROWS = new Set([6, 16, 26, 27, 38, 41, 47, 53, 69, 70, 72, 117, 130, 349]);

/**
 * Inserts each event as a row into a table of ClickHouse, many in a request, and passes the event on.
 *
 * Sent: `INSERT INTO table FORMAT JSONEachRow`, asynchronous on the server, answered when the rows are stored. The columns
 * are `time` (text, ISO 8601), `host`, `service`, `state`, `description`, `metric`, `ttl`, `tags` (an array) and `attributes`
 * (a map); those that the table has not are left out by the server, null takes a column's default. A metric that is not
 * finite is null. A table for all of them:
 * `CREATE TABLE metrics (time DateTime64(6, 'UTC'), host LowCardinality(String), service LowCardinality(String), state
 * LowCardinality(String), description String, metric Nullable(Float64), ttl Nullable(Float64), tags Array(String), attributes
 * Map(String, String)) ENGINE = MergeTree ORDER BY (service, host, time)`.
 * Limits: 10,000 rows or about 8 MiB a request, gathered for up to a second; one request at a time.
 * Tried again: 429 and 5xx with `Retry-After`, a broken connection, no answer; every 10 s while the table does not exist.
 * Given up: rows that do not fit the table or whose year is none of 1 to 9999, found by halving the request; all of
 * a request when user or password are wrong.
 * Duplicates: a request whose answer was lost is sent again; a replicated table knows the same rows again, others have them
 * twice.
 *
 * @param url - The server's HTTP interface, `https://clickhouse.example.com:8443`, as text or as `secret(…)`, with name and
 * password.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("to ClickHouse", [clickhouse(secret("CLICKHOUSE_URL"), { table: "monitoring.metrics" })]);
 */
export function clickhouse(url: string | Secret, options: ClickHouseOptions): Through<EventOrList> {
  checkKeys("clickhouse", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "table", "headers"]);
  const { table, headers = {} } = options;
  checkUrl("clickhouse", url);
  checkOption("clickhouse", "table", table, TABLE);
  checkHeaders("clickhouse", headers);
  return httpSink({
    sink: "clickhouse",
    url,
    options,
    defaults: DEFAULTS,
    part: table,
    address: [headers],
    open(base) {
      const to = below(base, "", { query: `INSERT INTO ${table} FORMAT JSONEachRow`, ...SETTINGS });
      const sent = { "content-type": "application/x-ndjson", ...revealHeaders(headers) };
      return async (events, send) => {
        const body = events.map((event) => `${JSON.stringify(rowOf(event))}\n`).join("");
        const { answer, failure } = await send(to, { method: "POST", headers: sent, body });
        return judge(answer, failure, base.host);
      };
    },
  });
}

const TABLE: Rule = {
  must: 'the name of a table, such as "metrics" or "db.metrics"',
  test: (v) => typeof v === "string" && /^\w+(\.\w+)?$/.test(v),
};

function rowOf(event: Event): Record<string, unknown> {
  const { time, metric, ...others } = event.toJSON();
  return {
    time: dateOf(event),
    ...others,
    metric: typeof metric === "number" ? metric : null,
  };
}

function judge(answer: HttpAnswer, failure: DeliveryFailure | null, host: string): DeliveryFailure | null {
  const code = Number(headerOf(answer, "x-clickhouse-exception-code") || /^Code: (\d+)/.exec(answer.text)?.[1] || 0);
  if (code === 0) return failure;
  const message = failure?.message ?? `${host} answered ${answer.status} with exception ${code}`;
  const said = { answer: answer.text.trim(), retryAfter: failure?.retryAfter ?? 0 };
  if (MISSING.has(code))
    return new DeliveryFailure("retry", `${message}: is the table there?`, { ...said, retryAfter: MISSING_SECONDS });
  if (CREDENTIAL.has(code)) return new DeliveryFailure("failed", message, said);
  if (ROWS.has(code)) return new DeliveryFailure("refused", message, said);
  return new DeliveryFailure(failure?.verdict ?? "retry", message, said);
}
