import { Event } from "../../src/core/event.ts";

/** A plain value as text; throws where it is not plain. */
export function toText(value: unknown): string {
  return JSON.stringify(tagged(value, "the value"));
}

function tagged(value: unknown, where: string): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : { n: shown(value) };
  if (Array.isArray(value)) return Array.from(value, (one, at) => tagged(one, `${where}[${at}]`));
  if (value instanceof Event) {
    const { host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat } = value;
    const fields = [host, service, state, description, metric, time, ttl, tags, { ...attributes }, metricIsFloat];
    return { e: tagged(fields, `${where}, an event,`) };
  }
  if (typeof value !== "object" || ![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    throw new Error(`${where} is not plain: ${String(value)}`);
  return { r: Object.entries(value).map(([name, one]) => [name, tagged(one, `${where}.${name}`)]) };
}

function shown(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
