import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Event } from "../core/event.ts";
import { shortestFloat } from "../core/float.ts";
import { isoTime } from "../core/iso-time.ts";

/** A mail without its recipients. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  /** Stays the same when the mail is tried again, so that a receiver can tell a copy. */
  readonly id: string;
}

const MAX_SUBJECT_CHARACTERS = 200;
const MAX_BODY_CHARACTERS = 64 * 1024;

/** A mail whose subject is bounded; a line end in it, which could smuggle in headers, is a space. */
export function composeMail(subject: string, text: string): Mail {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  const line = subject.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  return { subject: cut(line, MAX_SUBJECT_CHARACTERS), text, id: `<${randomUUID()}@${hostname()}>` };
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

/** What `body` makes of each event, as far as there is room. */
export function mailText(events: readonly Event[], body: (event: Event) => string): string {
  let text = "";
  for (const [at, event] of events.entries()) {
    const block = String(body(event));
    if (at === 0) text = cut(block, MAX_BODY_CHARACTERS);
    else if (text.length + block.length < MAX_BODY_CHARACTERS) text += `\n\n${block}`;
    else return `${text}\n\nand ${events.length - at} more`;
  }
  return text;
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

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
