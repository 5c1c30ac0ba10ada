import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Event } from "../core/event.ts";
import { shortestFloat } from "../core/float.ts";
import { isoTime } from "../core/iso-time.ts";
import type { Message } from "../delivery/message.ts";
import type { TlsFiles } from "../delivery/tls-material.ts";
import { alertBody, alertTitle } from "./alert-text.ts";

/** A message as a mail. */
export interface Mail extends Message {
  /** Stays the same when the mail is tried again, so that a receiver can tell a copy. */
  readonly id: string;
}

/** Where mails go, and how: what their writer is made of. */
export interface MailConfig {
  /** The server, with its password. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
  /** How many events a mail of several tells of. */
  readonly shown: number;
  readonly connections: number;
  /** Seconds without a word of the server. */
  readonly timeout: number;
  readonly tls: TlsFiles;
}

export const MAX_BODY_CHARACTERS = 64 * 1024;

export function newMail(message: Message): Mail {
  return { ...message, id: `<${randomUUID()}@${hostname()}>` };
}

/**
 * `web1 http critical`: what is there of host, service and state; `5 events: web1 and web2 http 3 states` of several. Of
 * alerts `critical: web1 http`, and how many there are of each state.
 */
export function mailSubject(event: Event, events: readonly Event[] = [event]): string {
  if (events.every(isAlert)) return alertTitle(event, events);
  const words = (["host", "service", "state"] as const).flatMap((field) => {
    const values = new Set(events.map((one) => one[field]).filter((value) => value !== null && value !== ""));
    return values.size === 0 ? [] : [inWords([...values], `${field}s`)];
  });
  const what = words.join(" ");
  if (events.length === 1) return what || "event";
  return what === "" ? `${events.length} events` : `${events.length} events: ${what}`;
}

/** After Riemann's `common.clj`, `human-uniq`. */
function inWords(values: readonly unknown[], plural: string): string {
  if (values.length >= 5) return `${values.length} ${plural}`;
  return values.length === 2 ? values.join(" and ") : values.join(", ");
}

/** When, what, since when, tags and attributes, then the description; after Riemann's `common.clj`, `body`. */
export function mailBody(event: Event): string {
  const lines = [`At ${isoTime(event.time)}`];
  if (isAlert(event)) lines.push(mailSubject(event), alertBody(event.with({ description: null })));
  else lines.push(`${mailSubject(event)}${metric(event)}`);
  if (event.tags.length > 0) lines.push(`Tags: ${event.tags.join(", ")}`);
  for (const [name, value] of Object.entries(event.attributes))
    if (!name.startsWith("alert ")) lines.push(`${name}: ${value}`);
  if (event.description !== null) lines.push("", event.description);
  return `${lines.join("\n")}\n`;
}

function isAlert({ attributes }: Event): boolean {
  return attributes["alert phase"] !== undefined;
}

function metric(event: Event): string {
  if (event.metric === null) return "";
  return ` (${event.metricIsFloat ? shortestFloat(event.metric) : event.metric})`;
}
