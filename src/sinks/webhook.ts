import { createHmac } from "node:crypto";
import type { Event } from "../core/event.ts";
import type { EventOrList } from "../core/event-list.ts";
import { checkKeys, checkOption, type Rule } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import type { TargetScope, TargetSettings } from "../core/target-port.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions } from "../delivery/options.ts";
import { reveal, Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles } from "../delivery/tls-material.ts";
import { checkHeaders, revealHeaders } from "./http-headers.ts";
import { type HttpExchange, httpSink } from "./http-sink.ts";
import { optionFunction, type Reader, TEXT } from "./option-function.ts";
import { checkUrl } from "./url.ts";

/** What a webhook is sent; a field left out has its default. */
export interface WebhookOptions extends DeliveryOptions, TlsFiles {
  /** @default "POST" */
  readonly method?: "POST" | "PUT" | "PATCH";
  /** Headers of each request, credentials as `secret(…)`. @default `content-type: application/json` */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  /** The body for some events, one at least. @default a JSON array of the events, as `stdout()` prints them */
  readonly body?: (events: readonly Event[]) => string | Uint8Array;
  /**
   * Signs each request: the header `x-fast-ts-timestamp` has Unix seconds, `x-fast-ts-signature` is `sha256=` and the
   * HMAC-SHA256, in hexadecimal digits, of the timestamp, a dot and the body. @default none
   */
  readonly hmac?: Secret;
}

const DEFAULTS: TargetSettings = { ...DELIVERY_DEFAULTS, batch: { events: 1000, bytes: 1024 * 1024, seconds: 0 } };

/**
 * Sends events to a web server, many in a request, and passes them on.
 *
 * Sent: a JSON array of the events as `stdout()` prints them, or what `body` makes of them.
 * Limits: 1,000 events or about 1 MiB a request, one request at a time, which keeps the order.
 * Tried again: 408, 425, 429 and 5xx with `Retry-After`, a broken connection, no answer.
 * Given up: with any other answer than 2xx the request is halved until the events are found that the server does not want;
 * all of them on 401 and 403. Redirects are not followed.
 * Duplicates: a request whose answer was lost is sent again: its events may come twice.
 *
 * @param url - An `http:` or `https:` URL, as text or, where it is itself a credential, as `secret(…)`.
 * @throws FastTsError `FTS_STAGE_OPTION` when `url` is not valid or an option cannot work.
 * @category Output
 * @example
 * pipeline("errors to a webhook", [
 *   filter((e) => e.state === "critical"),
 *   webhook("https://example.com/hook", { headers: { authorization: secret("HOOK_TOKEN", (s) => `Bearer ${s}`) } }),
 * ]);
 */
export function webhook(url: string | Secret, options: WebhookOptions = {}): Through<EventOrList> {
  checkKeys("webhook", options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "method", "headers", "body", "hmac"]);
  const { method = "POST", headers = {}, hmac } = options;
  checkUrl("webhook", url);
  checkOption("webhook", "method", method, METHOD);
  const body = optionFunction("webhook", "body", options.body ?? jsonBody, BODY);
  if (hmac !== undefined) checkOption("webhook", "hmac", hmac, SECRET);
  checkHeaders("webhook", headers);
  const open = (base: URL, { clock }: TargetScope): HttpExchange => {
    const sent = revealHeaders(headers);
    return async (events, send) => {
      const bytes = Buffer.from(body(events));
      const signed = hmac === undefined ? {} : signature(reveal(hmac), bytes, clock.now());
      const all = { "content-type": "application/json", ...sent, ...signed };
      return (await send(base, { method, headers: all, body: bytes })).failure;
    };
  };
  return httpSink({
    sink: "webhook",
    url,
    address: [method, headers, hmac],
    shape: [options.body],
    options,
    defaults: DEFAULTS,
    open,
  });
}

const METHOD: Rule = { must: '"POST", "PUT" or "PATCH"', test: (v) => v === "POST" || v === "PUT" || v === "PATCH" };
const BODY: Reader<string | Uint8Array> = (made, refuse) =>
  made instanceof Uint8Array ? made : TEXT(made, (_, got) => refuse("a text or bytes", got));
const SECRET: Rule = { must: 'a secret("NAME")', test: (v) => v instanceof Secret };

function jsonBody(events: readonly Event[]): string {
  return JSON.stringify(events);
}

function signature(key: string, body: Buffer, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now));
  const digest = createHmac("sha256", key).update(`${timestamp}.`).update(body).digest("hex");
  return { "x-fast-ts-timestamp": timestamp, "x-fast-ts-signature": `sha256=${digest}` };
}
