import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { aString, checkKeys, checkOption } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetSettings } from "../core/target-port.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { type HttpAnswer, isLater } from "../delivery/http-client.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import type { Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { FastTsError } from "../errors.ts";
import { dateOf } from "./event-date.ts";
import { checkHeaders, revealHeaders } from "./http-headers.ts";
import { below, httpSink } from "./http-sink.ts";
import { checkUrl } from "./url.ts";

/** Where documents go; a field left out has its default. One of `index` and `dataStream` is needed. */
export interface ElasticsearchOptions extends DeliveryOptions, TlsFiles {
  /** The index, or an alias of one. */
  readonly index?: string;
  /** The data stream. */
  readonly dataStream?: string;
  /** Further headers of each request, credentials as `secret(…)`. @default none */
  readonly headers?: Readonly<Record<string, string | Secret>>;
}

const DEFAULTS: TargetSettings = {
  ...DELIVERY_DEFAULTS,
  batch: { events: 2000, bytes: 5 * 1024 * 1024, seconds: 0 },
  concurrency: 2,
};
/** An answer tells of each document. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * Stores each event as a document of Elasticsearch or OpenSearch, many in a request, and passes the event on.
 *
 * Sent: `_bulk` with an action `create` for each event; the document has the event's fields as `stdout()` prints them, with
 * `@timestamp` (ISO 8601) in place of `time`, and without those that are null; a metric that is not finite is left out.
 * Limits: 2,000 documents or about 5 MiB a request, two requests at a time.
 * Tried again: 429 and 5xx with `Retry-After`, a broken connection, no answer; of a request that was taken in part, the
 * documents whose status is 429 or 5xx alone.
 * Given up: documents that the answer refuses, as those that do not fit the mapping, and those whose year is none of 1 to
 * 9999; all of a request on 401 and 403.
 * Duplicates: a request whose answer was lost is sent again: its documents may be there twice.
 *
 * @param url - The server, `https://elastic.example.com:9200`, as text or as `secret(…)`; with name and password, or with an
 * API key as the header `authorization`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * const authorization = secret("ELASTIC_KEY", (key) => `ApiKey ${key}`);
 * pipeline("to Elasticsearch", [
 *   elasticsearch("https://elastic.example.com:9200", { dataStream: "logs-fast_ts-default", headers: { authorization } }),
 * ]);
 */
export function elasticsearch(url: string | Secret, options: ElasticsearchOptions): Through<EventOrList> {
  checkKeys("elasticsearch", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "index", "dataStream", "headers"]);
  const { index, dataStream, headers = {} } = options;
  checkUrl("elasticsearch", url);
  if (index !== undefined && dataStream !== undefined)
    throw new FastTsError("FTS_STAGE_OPTION", "elasticsearch(options): takes index or dataStream, not both");
  const into = dataStream ?? index;
  checkOption("elasticsearch", dataStream === undefined ? "index" : "dataStream", into, aString);
  checkHeaders("elasticsearch", headers);
  return httpSink({
    sink: "elasticsearch",
    url,
    options,
    defaults: DEFAULTS,
    part: into ?? "",
    maxAnswer: MAX_ANSWER_BYTES,
    address: [headers],
    shape: [dataStream === undefined],
    open(base) {
      const to = below(base, `${encodeURIComponent(into ?? "")}/_bulk`);
      const sent = { "content-type": "application/x-ndjson", ...revealHeaders(headers) };
      return async (events, send) => {
        const body = events.map((event) => `{"create":{}}\n${JSON.stringify(documentOf(event))}\n`).join("");
        const { answer, failure } = await send(to, { method: "POST", headers: sent, body });
        return failure ?? judge(answer, events.length, base.host);
      };
    },
  });
}

function documentOf(event: Event): Record<string, unknown> {
  const { time, metric, ttl, tags, attributes, ...texts } = event.toJSON();
  const filled = Object.entries({ ...texts, ttl }).filter(([, value]) => value !== null);
  return {
    "@timestamp": dateOf(event),
    ...Object.fromEntries(filled),
    ...(typeof metric === "number" && { metric }),
    ...(event.tags.length > 0 && { tags }),
    ...(Object.keys(event.attributes).length > 0 && { attributes }),
  };
}

/** https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk */
interface BulkAnswer {
  readonly errors: boolean;
  readonly items: readonly Readonly<Record<string, BulkItem>>[];
}

interface BulkItem {
  readonly status: number;
  readonly error?: { readonly type: string; readonly reason: string };
}

function judge({ text }: HttpAnswer, documents: number, host: string): DeliveryFailure | null {
  const answer = parsed(text, documents);
  if (answer === null) return new DeliveryFailure("retry", `${host} answered 200 with no result`, { answer: text });
  if (!answer.errors) return null;
  const statuses = answer.items.map((item) => Object.values(item)[0]?.status ?? 500);
  const indices = [...statuses.keys()];
  const again = indices.filter((index) => isLater(statuses[index] ?? 0));
  const rejected = indices.filter((index) => (statuses[index] ?? 0) >= 400 && !isLater(statuses[index] ?? 0));
  const { error } = answer.items.flatMap((item) => Object.values(item)).find((one) => one.error !== undefined) ?? {};
  return new DeliveryFailure(again.length > 0 ? "retry" : "refused", `${host} did not take all documents`, {
    rejected,
    again,
    answer: error === undefined ? "" : `${error.type}: ${error.reason}`,
  });
}

/** Null unless there is a result for each document. */
function parsed(text: string, documents: number): BulkAnswer | null {
  try {
    const answer = JSON.parse(text) as BulkAnswer;
    const isStatus = (item: BulkAnswer["items"][number] | null): boolean =>
      typeof Object.values(item ?? {})[0]?.status === "number";
    return answer.items.length === documents && answer.items.every(isStatus) ? answer : null;
  } catch {
    return null;
  }
}
