import { createHash } from "node:crypto";
import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import { checkKeys } from "../core/option.ts";
import type { Through } from "../core/stage.ts";
import { type AlertMark, marksOf } from "../delivery/alert-mark.ts";
import { cutText } from "../delivery/cut-text.ts";
import { deliverySink } from "../delivery/delivery-sink.ts";
import { DELIVERY_DEFAULTS, DELIVERY_OPTIONS, type DeliveryOptions, settingsOf } from "../delivery/options.ts";
import { reveal, type Secret } from "../delivery/secret.ts";
import { TLS_OPTIONS, type TlsFiles, tlsOf } from "../delivery/tls-material.ts";
import { FastTsError } from "../errors.ts";
import {
  ALERT_KEY,
  type AlertFacts,
  alertBody,
  alertFacts,
  alertTitle,
  type Color,
  colorOf,
  stateWord,
} from "./alert-text.ts";
import { FIELDS, LINK, optionFunction, TEXT } from "./option-function.ts";
import { type Post, renderedPost } from "./post.ts";
import { targetIdentity } from "./target-identity.ts";
import { addressOf } from "./text-or-secret.ts";
import { checkText, checkUrl } from "./url.ts";

/** What an incident says; a field left out has its default. */
export interface PagerOptions extends DeliveryOptions, TlsFiles {
  /** At most `n` requests in any `seconds`; what comes meanwhile waits its turn: nothing is merged. @default no bound */
  readonly rate?: { readonly n: number; readonly seconds: number };
  /** One line. @default state, host and service */
  readonly title?: (event: Event) => string;
  /** The text below it. @default the value with its unit, since when, and the description */
  readonly body?: (event: Event) => string;
  /** A page about an event, to which the incident links. @default none */
  readonly url?: (event: Event) => string;
  /** Further fields of the request's object, or others in place of ours; for triggers alone. @default none */
  readonly payload?: (event: Event) => Readonly<Record<string, unknown>>;
  /** The URL that takes the requests. @default that of the vendor */
  readonly api?: string;
}

/** What opens, acknowledges or closes an incident: plain, for it crosses threads. */
export interface PagerEvent extends AlertFacts {
  readonly title: string;
  readonly body: string;
  readonly link: string | null;
  readonly host: string | null;
  readonly service: string | null;
  readonly state: string | null;
  readonly color: Color;
  readonly metric: number | null;
  /** Unix seconds. */
  readonly time: number;
  readonly tags: readonly string[];
  readonly details: Readonly<Record<string, string>>;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly alerts: readonly AlertMark[];
}

/** A pager: where it is, and what it is sent of an event. */
export interface Pager {
  readonly sink: string;
  readonly api: string;
  readonly compose: (event: PagerEvent, config: { readonly url: string; readonly key: string }) => Post;
}

/** The stage of a sink that opens and closes incidents with a key. */
export function pagerSink(
  { sink, api, compose }: Pager,
  key: string | Secret,
  options: PagerOptions,
): Through<EventOrList> {
  checkText(sink, "key", key);
  refuseDigest(sink, options);
  checkKeys(sink, options, [...DELIVERY_OPTIONS, ...TLS_OPTIONS, "rate", "title", "body", "url", "payload", "api"]);
  checkUrl(sink, options.api ?? api);
  const toPager = pagerEvents(sink, options);
  const { name, deadLetters } = options;
  const settings = settingsOf(sink, options, {
    ...DELIVERY_DEFAULTS,
    batch: { ...DELIVERY_DEFAULTS.batch, events: 1 },
    isForPeople: true,
    isSingle: true,
  });
  const url = options.api ?? api;
  const identity = targetIdentity(sink, { name, shown: new URL(url).host, address: [url, addressOf(key)] });
  const { label } = identity;
  return deliverySink<readonly PagerEvent[]>(
    sink,
    {
      ...identity,
      settings,
      kind: sink,
      config: () => {
        const revealed = reveal(key);
        return {
          label,
          url,
          hidden: [revealed],
          key: revealed,
          connections: settings.concurrency,
          tls: tlsOf(options),
        };
      },
      render: (value) => eventsOf(value).map(toPager),
      shown: (events) => events.map((event) => renderedPost(compose(event, { url, key: reveal(key) }), url)),
    },
    { deadLetters, keyedBy: ALERT_KEY },
  );
}

/** An incident has one key: of several alerts no message can be made that opens and closes each. */
function refuseDigest(sink: string, options: object): void {
  if (!("digest" in options)) return;
  const hint = "for fewer incidents give alerts one key, with by or dedup of alert([…], { by })";
  throw new FastTsError("FTS_STAGE_OPTION", `${sink}(digest): each alert is an incident of its own; ${hint}`);
}

/** What is told of each event. */
function pagerEvents(sink: string, options: PagerOptions): (event: Event) => PagerEvent {
  const title = optionFunction(sink, "title", options.title ?? alertTitle, TEXT);
  const body = optionFunction(sink, "body", options.body ?? alertBody, TEXT);
  const url = optionFunction(sink, "url", options.url, LINK);
  const payload = optionFunction(sink, "payload", options.payload, FIELDS);
  return (event) => {
    const { host, service, state, metric, time, tags, attributes } = event;
    const details = Object.entries(attributes).filter(([name]) => !name.startsWith("alert "));
    return {
      ...alertFacts(event),
      title: title(event),
      body: body(event),
      link: url?.(event) ?? null,
      host,
      service,
      state,
      metric,
      time,
      tags,
      color: colorOf(stateWord(event)),
      details: Object.fromEntries(details),
      payload: payload?.(event) ?? {},
      alerts: marksOf(event),
    };
  };
}

/** A key of at most `max` characters: the end of a longer one is a hash of all. */
export function boundedKey(key: string, max: number): string {
  if (key.length <= max) return key;
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 32);
  return `${cutText(key, max - 33)}-${hash}`;
}
