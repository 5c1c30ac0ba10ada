import { FastTsError } from "../errors.ts";
import type { WireAttribute, WireEvent } from "../wire/codec.ts";

const INT64_MAX = 2n ** 63n - 1n;

/**
 * One event as `stdout({ format: "json" })` prints it; every field may be left out or `null`.
 *
 * @throws FastTsError `FTS_OPTION` naming the field that is wrong.
 */
export function eventFromJson(line: string, where: string): WireEvent {
  const fields = parse(line, where);
  const known = ["host", "service", "state", "description", "metric", "time", "ttl", "tags", "attributes"];
  for (const name of Object.keys(fields))
    if (!known.includes(name)) throw wrong(where, `there is no field ${JSON.stringify(name)}; put it into attributes`);
  const text = (name: string) => optional(fields, name, where, "a string", isString);
  const time = optional(fields, "time", where, "a number of seconds", isNumber);
  const host = text("host");
  const service = text("service");
  const state = text("state");
  const description = text("description");
  const ttl = optional(fields, "ttl", where, "a number of seconds", isNumber);
  const tags = optional(fields, "tags", where, "a list of strings", isTexts);
  const attributes = optional(fields, "attributes", where, "an object of strings", isAttributes);
  const { metric } = fields;
  return {
    ...(host !== undefined && { host }),
    ...(service !== undefined && { service }),
    ...(state !== undefined && { state }),
    ...(description !== undefined && { description }),
    ...(metric !== undefined && metric !== null && metricField(String(metric), `${where}: metric`)),
    ...(time !== undefined && timeFields(time)),
    ...(ttl !== undefined && { ttl }),
    ...(tags !== undefined && { tags }),
    ...(attributes !== undefined && {
      attributes: Object.entries(attributes).map(([key, value]): WireAttribute => ({ key, value })),
    }),
  };
}

/** A whole number in 64 bits keeps all its digits; any other is a double. */
export function metricField(text: string, where: string): WireEvent {
  if (/^[+-]?\d+$/.test(text)) {
    const whole = BigInt(text.replace("+", ""));
    if (whole <= INT64_MAX && whole >= -INT64_MAX - 1n) return { metric_sint64: whole.toString() };
  }
  const metric = Number(text);
  if (text.trim() === "" || (Number.isNaN(metric) && text !== "NaN"))
    throw wrong(where, `must be a number, got ${JSON.stringify(text)}`);
  return { metric_d: metric };
}

/** Both, as Riemann's own clients send it. */
export function timeFields(seconds: number): WireEvent {
  return { time: Math.trunc(seconds), time_micros: Math.round(seconds * 1e6) };
}

type Fields = Readonly<Record<string, unknown>>;

function parse(line: string, where: string): Fields {
  try {
    const value: unknown = JSON.parse(line);
    if (isObject(value)) return value;
  } catch {
    // said below
  }
  throw wrong(where, `must be a JSON object, got ${line.slice(0, 80)}`);
}

function optional<T>(
  fields: Fields,
  name: string,
  where: string,
  must: string,
  is: (value: unknown) => value is T,
): T | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (is(value)) return value;
  throw wrong(where, `${name} must be ${must}, got ${JSON.stringify(value)}`);
}

const isString = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isString);
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isAttributes = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(isString);

function wrong(where: string, what: string): FastTsError {
  return new FastTsError("FTS_OPTION", `${where}: ${what}`);
}
