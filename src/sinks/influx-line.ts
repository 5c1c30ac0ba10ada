import type { Event } from "../core/event.ts";

/**
 * The line of an event in InfluxDB's line protocol: `service,host=…,attribute=… value=metric microseconds`. The metric
 * has to be finite; a whole number is written as a float too, as a field keeps the type of its first point.
 */
export function influxLine({ host, service, attributes, metric, time }: Event): string {
  let line = escaped(service ?? "", MEASUREMENT);
  if (host !== null && host !== "") line += `,host=${escaped(host, TAG)}`;
  for (const name in attributes) {
    const value = attributes[name] ?? "";
    if (name !== "" && value !== "" && name !== "host") line += `,${escaped(name, TAG)}=${escaped(value, TAG)}`;
  }
  return `${line} value=${metric} ${Math.round(time * 1e6)}`;
}

const MEASUREMENT = /[, ]/g;
const TAG = /[,= ]/g;

/** A line break has no escape: it becomes a blank. A backslash that would escape what follows it becomes a slash. */
function escaped(text: string, special: RegExp): string {
  if (!/[\s,=\\]/.test(text)) return text;
  const plain = text.replace(/\s/g, " ").replace(/\\(?=[,= \\]|$)/g, "/");
  return plain.replace(special, "\\$&");
}
