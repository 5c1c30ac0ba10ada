import { promisify } from "node:util";
import { deflate, gzip } from "node:zlib";
import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import type { Through } from "../core/stage.ts";
import type { Rendered, TargetScope, TargetSettings, TargetWriter } from "../core/target-port.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { failureOfAnswer, type HttpAnswer, HttpClient, type HttpRequest, isSuccess } from "../delivery/http-client.ts";
import { type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import type { TlsFiles } from "../delivery/tls-material.ts";
import { NOTHING_TO_SEND } from "../delivery/trouble.ts";
import { coerceError } from "../errors.ts";
import { ownersOf } from "./combined-failure.ts";
import { targetIdentity } from "./target-identity.ts";
import { labelOf, shownUrl, urlOf } from "./url.ts";

/** An answer, and what it means for most servers: null for 2xx. */
export interface HttpReply {
  readonly answer: HttpAnswer;
  readonly failure: DeliveryFailure | null;
}

/** A request whose body is compressed on its way, with the header that says so. */
export interface PlainRequest extends HttpRequest {
  /** @default it is sent as it is */
  readonly compress?: "deflate" | "gzip";
}

export type HttpSend = (url: URL, request: PlainRequest) => Promise<HttpReply>;

const COMPRESSORS = { deflate: promisify(deflate), gzip: promisify(gzip) };

async function compressed({ compress, headers, ...request }: PlainRequest): Promise<HttpRequest> {
  if (compress === undefined) return { ...request, headers };
  const body = await COMPRESSORS[compress](request.body);
  return { ...request, headers: { ...headers, "content-encoding": compress }, body };
}

/**
 * Brings events, one at least, to a server: null once it has them. Of a partial failure `rejected` and `again` are indices
 * of events.
 */
export type HttpExchange = (
  events: readonly Event[],
  send: HttpSend,
  signal: AbortSignal,
) => Promise<DeliveryFailure | null>;

/** A sink that sends events to a web server, many in a request. */
export interface HttpSink {
  readonly sink: string;
  readonly url: string | Secret;
  /** What is shown beside the URL, such as the name of a database. @default nothing */
  readonly part?: string;
  /** What tells targets of one URL and part apart, and what else shapes what is sent: see `targetIdentity`. */
  readonly address: readonly unknown[];
  readonly shape?: readonly unknown[];
  readonly options: DeliveryOptions & TlsFiles;
  readonly defaults: TargetSettings;
  readonly accepts?: (event: Event) => boolean;
  /** Bytes of an answer that are read. @default 64 KiB */
  readonly maxAnswer?: number;
  open(base: URL, scope: TargetScope): HttpExchange;
}

/** The stage of such a sink. */
export function httpSink(spec: HttpSink): Through<EventOrList> {
  const { sink, url, part = "", options, accepts, maxAnswer } = spec;
  const settings = settingsOf(sink, options, spec.defaults);
  const shown = [labelOf(url), part].filter((text) => text !== "").join(" ");
  const identity = targetIdentity(sink, {
    name: options.name,
    shown,
    address: [url, part, ...spec.address],
    ...(spec.shape !== undefined && { shape: spec.shape }),
  });
  const open = (scope: TargetScope): TargetWriter<EventOrList> => {
    const { clock } = scope;
    const base = new URL(reveal(url));
    const client = new HttpClient(base, {
      clock,
      connections: settings.concurrency,
      tls: options,
      ...(maxAnswer !== undefined && { maxAnswer }),
    });
    const exchange = spec.open(base, scope);
    return {
      async write(items, signal) {
        const send = async (to: URL, request: PlainRequest): Promise<HttpReply> => {
          const answer = await client.send(to, await compressed(request), signal);
          return {
            answer,
            failure: isSuccess(answer) ? null : failureOfAnswer(options.name ?? shown, answer, clock.now()),
          };
        };
        const failure = await exchange(items.flatMap(eventsOf), send, signal);
        if (failure !== null) throw byItem(failure, items);
      },
      judge: () => "refused", // a request that cannot be made: it is found which event it is
      close: () => client.close(),
    };
  };
  const rendered = (items: readonly EventOrList[], scope: TargetScope): readonly Rendered[] => {
    const requests: Rendered[] = [];
    const target = reveal(url);
    const send = async (to: URL, { method, headers, body, compress }: PlainRequest): Promise<HttpReply> => {
      const encoding = compress === undefined ? {} : { "content-encoding": compress };
      requests.push({ to: `${method} ${shownUrl(to, target)}`, headers: { ...headers, ...encoding }, body });
      return { answer: { status: 200, headers: {}, bytes: Buffer.alloc(0), text: "" }, failure: null };
    };
    // Its first request is made at once; what it thinks of the answer does not matter.
    spec
      .open(urlOf(target), scope)(items.flatMap(eventsOf), send, new AbortController().signal)
      .catch((thrown) => {
        if (requests.length === 0) scope.log.warn(NOTHING_TO_SEND, { error: coerceError(thrown).message });
      });
    return requests;
  };
  const more = { deadLetters: options.deadLetters, ...(accepts !== undefined && { accepts }) };
  return deliverySink(sink, { ...identity, settings, open, rendered }, more);
}

/** A failure that names events as one that names items: a list shares the lot of its worst event. */
function byItem(failure: DeliveryFailure, items: readonly EventOrList[]): DeliveryFailure {
  if (!failure.isPartial) return failure;
  const owners = ownersOf(items);
  const named = (events: readonly number[]) => [...new Set(events.flatMap((event) => owners[event] ?? []))];
  const { verdict, message, answer, retryAfter, maxTries } = failure;
  const details = { answer, retryAfter, maxTries, rejected: named(failure.rejected), again: named(failure.again) };
  return new DeliveryFailure(verdict, message, details);
}

/** A path below the one of the target's URL: `http://host/prefix` and `api/write` are `http://host/prefix/api/write`. */
export function below(base: URL, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, "")}/${path}`;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
