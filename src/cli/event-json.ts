import { FastTsError } from "../errors.ts";
import type { WireAttribute, WireEvent } from "../wire/codec.ts";

/** Of a number that would become an infinity. */
const BEYOND =
  "is beyond what a number can be, about 1.8e308: write Infinity or -Infinity, in JSON as a text, for that";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * One event as `stdout({ format: "json" })` prints it; every field may be left out or `null`. Numbers that JSON does not
 * have are texts there: `"NaN"`, `"Infinity"`, `"-Infinity"`.
 *
 * @throws FastTsError `FTS_OPTION` naming the field that is wrong.
 */
export function eventFromJson(line: string, where: string): WireEvent {
  const fields = parse(line, where);
  const known = ["host", "service", "state", "description", "metric", "time", "ttl", "tags", "attributes"];
  for (const name of Object.keys(fields))
    if (!known.includes(name)) throw wrong(where, `there is no field ${JSON.stringify(name)}; put it into attributes`);
  const text = (name: string) => optional(fields, name, where, "a string", isString);
  const time = optional(fields, "time", where, "a number of seconds", isTime);
  const host = text("host");
  const service = text("service");
  const state = text("state");
  const description = text("description");
  const ttl = optional(fields, "ttl", where, "a number of seconds", isTtl);
  const tags = optional(fields, "tags", where, "a list of strings", isTexts);
  const attributes = optional(fields, "attributes", where, "an object of strings", isAttributes);
  const { metric } = fields;
  if (typeof metric === "number" && !Number.isFinite(metric)) throw wrong(`${where}: metric`, BEYOND);
  return {
    ...(host !== undefined && { host }),
    ...(service !== undefined && { service }),
    ...(state !== undefined && { state }),
    ...(description !== undefined && { description }),
    ...(metric !== undefined && metric !== null && metricField(String(metric), `${where}: metric`)),
    ...(time !== undefined && timeFields(time)),
    ...(ttl !== undefined && { ttl: Number(ttl) }),
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
    if (whole <= INT64_MAX && whole >= INT64_MIN) return { metric_sint64: whole.toString() };
  }
  const metric = Number(text);
  if (text.trim() === "" || (Number.isNaN(metric) && text !== "NaN"))
    throw wrong(where, `must be a number, got ${JSON.stringify(text)}`);
  if (!Number.isFinite(metric) && /\d/.test(text)) throw wrong(where, `${BEYOND}, got ${JSON.stringify(text)}`);
  return { metric_d: metric };
}

/** Both, as Riemann's own clients send it; of a time beyond what 64 bits can count in microseconds the seconds alone. */
export function timeFields(seconds: number): WireEvent {
  const micros = Math.round(seconds * 1e6);
  const time = int64(BigInt(Math.trunc(seconds)));
  return Math.abs(micros) < 2 ** 63 ? { time, time_micros: int64(BigInt(micros)) } : { time };
}

/** The nearest number of 64 bits, with all its digits. */
function int64(whole: bigint): string {
  return String(whole > INT64_MAX ? INT64_MAX : whole < INT64_MIN ? INT64_MIN : whole);
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
  if (typeof value === "number" && !Number.isFinite(value)) throw wrong(`${where}: ${name}`, BEYOND);
  throw wrong(where, `${name} must be ${must}, got ${JSON.stringify(value)}`);
}

const isString = (value: unknown): value is string => typeof value === "string";
const NOT_IN_JSON: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];
const isTtl = (value: unknown): value is number | string => isNumber(value) || NOT_IN_JSON.includes(value);
/** JSON with a number beyond the double's becomes an infinity, which was not meant. */
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isTime = (value: unknown): value is number => Number.isFinite(value);
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isString);
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isAttributes = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(isString);

function wrong(where: string, what: string): FastTsError {
  return new FastTsError("FTS_OPTION", `${where}: ${what}`);
}
