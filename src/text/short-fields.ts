import { coerceError } from "../errors.ts";

/** Fields of one log line, as JSON: with time, level and message the line stays below 8 KiB. */
const MAX_FIELDS_BYTES = 7 * 1024;
/** One field, as JSON: an event of megabytes leaves room for what else there is to say. */
const MAX_FIELD_BYTES = 4 * 1024;

/** The fields of a log line, cut where they are long, with the number of characters that are left out. Never throws. */
export function shortFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const short: Record<string, unknown> = {};
  let left = MAX_FIELDS_BYTES;
  for (const [name, value] of Object.entries(fields)) {
    const key = cut(name, 256);
    const kept = shorten(value, Math.max(64, Math.min(MAX_FIELD_BYTES, left)));
    left -= bytesOf(key) + bytesOf(kept) + 2;
    short[key] = kept;
    if (left <= 0) break;
  }
  return short;
}

function shorten(value: unknown, maxBytes: number): unknown {
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === undefined) return value;
  if (typeof value === "string") return cut(value, maxBytes);
  if (value instanceof Error) return cut(value.stack ?? value.message, maxBytes);
  const text = textOf(value);
  return Buffer.byteLength(text) <= maxBytes ? value : cut(text, maxBytes);
}

/** The beginning of a text that takes at most `maxBytes` as JSON. */
function cut(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && bytesOf(text) <= maxBytes) return text;
  const more = (end: number): string => `… ${text.length - end} more characters`;
  let end = Math.min(text.length, maxBytes);
  while (end > 0 && bytesOf(text.slice(0, end) + more(end)) > maxBytes) end = Math.floor(end * 0.8);
  return text.slice(0, end) + more(end);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(textOf(value));
}

function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch (thrown) {
    return coerceError(thrown).message;
  }
}
