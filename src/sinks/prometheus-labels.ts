import type { Event } from "../core/event.ts";

/** A service as a metric's name, `[a-zA-Z_:][a-zA-Z0-9_:]*`: `api req 0.95` is `api_req_0_95`. */
export function metricName(service: string): string {
  if (/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(service)) return service;
  const name = service.replace(/[^a-zA-Z0-9_:]/g, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** A text as a label's name, `[a-zA-Z_][a-zA-Z0-9_]*`; two underscores at its begin are Prometheus's own. */
export function labelName(text: string): string {
  const name = text.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^_+/, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}

/**
 * The labels of an event, without its name: its host and attributes, sorted, none of them empty. Of attributes whose
 * names become the same label the first is kept; `host` is the event's.
 */
export function labelsOf({ host, attributes }: Event): [name: string, value: string][] {
  const labels = new Map<string, string>();
  if (host !== null && host !== "") labels.set("host", host);
  for (const attribute in attributes) {
    const name = labelName(attribute);
    const value = attributes[attribute] ?? "";
    if (name !== "" && value !== "" && !labels.has(name)) labels.set(name, value);
  }
  return [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
}
