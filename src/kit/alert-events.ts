import type { OpenAlert } from "../core/alerts-port.ts";
import type { Event } from "../core/event.ts";
import { isoTime } from "../core/iso-time.ts";

/** What an event tells of its alert. */
export type AlertPhase = "trigger" | "update" | "repeat" | "acknowledge" | "resolve";

/** What stages and sinks know the alert by. */
export function about(event: Event, phase: AlertPhase, key: string, since: number): Event {
  const known = { "alert phase": phase, "alert key": key, "alert since": String(since) };
  return event.with({ attributes: { ...event.attributes, ...known } });
}

/** How an event that has expired is worded. */
export function noData(alert: OpenAlert | null): string {
  const since = alert === null ? "" : ` since ${isoTime(alert.seen)}`;
  return `no data${since}, not known to be ok`;
}
