import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Event } from "../core/event.ts";
import { shortestFloat } from "../core/float.ts";

/** A mail on its way, apart from who it goes to. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  /** Stays the same when the mail is tried again, so that a receiver can tell a copy. */
  readonly id: string;
}

const MAX_SUBJECT = 200;
const MAX_TEXT = 64 * 1024;

/** A bounded mail; a line end in the subject, which could smuggle in headers, is a space. */
export function composeMail(subject: string, text: string): Mail {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  const line = subject.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();
  return { subject: cut(line, MAX_SUBJECT), text: cut(text, MAX_TEXT), id: `<${randomUUID()}@${hostname()}>` };
}

/** `web1 http critical`: what is there of host, service and state. */
export function mailSubject(event: Event): string {
  const words = [event.host, event.service, event.state].filter((word) => word !== null && word !== "");
  return words.length > 0 ? words.join(" ") : "event";
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

function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString();
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
