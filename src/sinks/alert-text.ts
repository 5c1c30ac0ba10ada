import type { Event } from "../core/event.ts";
import { shortestFloat } from "../core/float.ts";
import { isoTime } from "../core/iso-time.ts";

/** What an event says of its alert. */
export interface AlertFacts {
  readonly phase: "trigger" | "acknowledge" | "resolve";
  /** The same from trigger to resolve. */
  readonly key: string;
  /** Unix seconds; `null`: no `alert` says. */
  readonly since: number | null;
}

/** What alerts that no `alert` made have for a key. */
export const ALERT_KEY = ["host", "service"];

/** What `alert` says of an event; of one that comes without, its state decides: `ok` and `expired` resolve. */
export function alertFacts(event: Event): AlertFacts {
  const { attributes, state } = event;
  const since = attributes["alert since"];
  const key = attributes["alert key"] ?? [event.host ?? "", event.service ?? ""].join("/");
  const said = attributes["alert phase"];
  const isOver = said === undefined ? state === "ok" || state === "expired" : said === "resolve";
  const phase = isOver ? "resolve" : said === "acknowledge" ? said : "trigger";
  return { phase, key, since: since === undefined ? null : Number(since) };
}

/** What a person calls the state of an event: `critical`, `resolved`, `no data`; `alert` of an alert without one. */
export function stateWord({ attributes, state }: Event): string {
  const phase = attributes["alert phase"];
  if (phase === "acknowledge") return "acknowledged";
  if (state === "expired") return "no data";
  if (phase === "resolve") return "resolved";
  return state || (phase === undefined ? "event" : "alert");
}

/** How a state looks. */
export type Color = "bad" | "warn" | "good" | "plain";

const COLORS: Readonly<Record<string, Color>> = {
  alert: "bad",
  critical: "bad",
  error: "bad",
  failed: "bad",
  fatal: "bad",
  emergency: "bad",
  down: "bad",
  warning: "warn",
  warn: "warn",
  ok: "good",
  resolved: "good",
  up: "good",
  normal: "good",
};

export function colorOf(word: string | null): Color {
  const known = (word ?? "").toLowerCase();
  return Object.hasOwn(COLORS, known) ? (COLORS[known] ?? "plain") : "plain";
}

/** The colour as a character, for where there is no other. */
export const CIRCLES: Readonly<Record<Color, string>> = { bad: "🔴", warn: "🟠", good: "🟢", plain: "⚪" };

/** Maximum number of hosts and services that a title of several events names. */
const MAX_NAMES = 3;

/** `critical: db1 disk /var`; `4 events: 3 critical, 1 resolved: db1 disk /var, db2 disk /var … 2 more` of several. */
export function alertTitle(event: Event, events: readonly Event[] = [event]): string {
  if (events.length === 1) return `${stateWord(event)}: ${nameOf(event)}`;
  const counts = new Map<string, number>();
  for (const one of events) counts.set(stateWord(one), (counts.get(stateWord(one)) ?? 0) + 1);
  const words = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
  return `${events.length} events: ${words}${namesOf(events)}`;
}

/** `db1 disk /var`: host and service, as far as they are there. */
export function nameOf({ host, service }: Event): string {
  return [host, service].filter((part) => part !== null && part !== "").join(" ") || "unknown";
}

/** `: db1 disk /var, db2 disk /var … 2 more`; nothing when none has a name. */
function namesOf(events: readonly Event[]): string {
  const names = [...new Set(events.filter(({ host, service }) => host || service).map(nameOf))];
  if (names.length === 0) return "";
  const more = names.length > MAX_NAMES ? ` … ${names.length - MAX_NAMES} more` : "";
  return `: ${names.slice(0, MAX_NAMES).join(", ")}${more}`;
}

/** The value with its unit, since when, and the description: a line each, as far as they are there. */
export function alertBody(event: Event): string {
  const { since, phase } = alertFacts(event);
  const lines: string[] = [];
  if (event.metric !== null) lines.push(shownValue(event));
  if (since !== null) {
    const verb = phase === "resolve" ? "began" : "since";
    lines.push(`${verb} ${shortTime(since)}${lasting(event.time - since)}`);
  }
  if (event.description) lines.push(event.description);
  return lines.join("\n");
}

/** `0.95 %`: twelve digits at most, and the attribute `unit`. */
function shownValue({ metric, metricIsFloat, attributes }: Event): string {
  const number = metricIsFloat ? shortestFloat(metric ?? 0) : Number((metric ?? 0).toPrecision(12));
  return attributes.unit ? `${number} ${attributes.unit}` : String(number);
}

/** `2026-11-29 22:00:00 UTC`. */
function shortTime(seconds: number): string {
  return isoTime(seconds).replace(/^(.*)T(.*?)(\.\d+)?Z$/, "$1 $2 UTC");
}

/** `, 4 h 10 min`; nothing of less than a minute. */
function lasting(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (!(minutes >= 1 && Number.isFinite(minutes))) return "";
  const parts = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor((minutes % 1440) / 60), "h"],
    [minutes % 60, "min"],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).slice(0, 2);
  return `, ${shown.map(([count, unit]) => `${count} ${unit}`).join(" ")}`;
}
