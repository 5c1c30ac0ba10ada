import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Event } from "../core/event.ts";
import { shortestFloat } from "../core/float.ts";
import { isoTime } from "../core/iso-time.ts";
import type { Message } from "../delivery/message.ts";

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
}

export const MAX_BODY_CHARACTERS = 64 * 1024;

export function newMail(message: Message): Mail {
  return { ...message, id: `<${randomUUID()}@${hostname()}>` };
}

/** `web1 http critical`: what is there of host, service and state; `5 events: web1 and web2 http 3 states` of several. */
export function mailSubject(event: Event, events: readonly Event[] = [event]): string {
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

/** When, what, tags and attributes, then the description; after Riemann's `common.clj`, `body`. */
export function mailBody(event: Event): string {
  const lines = [`At ${isoTime(event.time)}`, `${mailSubject(event)}${metric(event)}`];
  if (event.tags.length > 0) lines.push(`Tags: ${event.tags.join(", ")}`);
  for (const [name, value] of Object.entries(event.attributes)) lines.push(`${name}: ${value}`);
  if (event.description !== null) lines.push("", event.description);
  return `${lines.join("\n")}\n`;
}

function metric(event: Event): string {
  if (event.metric === null) return "";
  return ` (${event.metricIsFloat ? shortestFloat(event.metric) : event.metric})`;
}
