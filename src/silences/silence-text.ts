import { isoTime } from "../core/iso-time.ts";
import { FastTsError } from "../errors.ts";
import { MAX_SILENCES, type Silence } from "./silence.ts";

/** The text of a file of silences: JSON, with times that people can read. */
export function writeSilences(silences: readonly Silence[]): string {
  const shown = silences.map(({ from, until, ...rest }) => ({ ...rest, from: isoTime(from), until: isoTime(until) }));
  return `${JSON.stringify({ silences: shown }, null, 2)}\n`;
}

/**
 * Reads such a text; an empty one has none.
 *
 * @throws FastTsError `FTS_SILENCE` with the file, the place in it and the value.
 */
export function readSilences(path: string, text: string): readonly Silence[] {
  if (text.trim() === "") return [];
  const { silences }: { readonly silences?: unknown } = Object(parse(path, text));
  if (!Array.isArray(silences)) throw wrong(path, "silences", 'must be a list: { "silences": [ … ] }', silences);
  if (silences.length > MAX_SILENCES)
    throw wrong(path, "silences", `must be ${MAX_SILENCES} at most: end some`, silences.length);
  return silences.map((one, at) => readSilence(path, `silences[${at}]`, Object(one)));
}

function readSilence(path: string, at: string, given: Readonly<Record<string, unknown>>): Silence {
  const text = (name: string): string => {
    const value = given[name];
    if (typeof value === "string") return value;
    throw wrong(path, `${at}.${name}`, "must be a text", value);
  };
  const time = (name: string): number => {
    const seconds = Date.parse(text(name)) / 1000;
    if (Number.isFinite(seconds)) return seconds;
    throw wrong(path, `${at}.${name}`, "must be a time such as 2026-11-29T22:00:00Z", given[name]);
  };
  const times = { from: time("from"), until: time("until") };
  return { id: text("id"), query: text("query"), ...times, why: text("why"), who: text("who") };
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new FastTsError("FTS_SILENCE", `${path}: is no JSON: ${thrown instanceof Error ? thrown.message : thrown}`, {
      cause: thrown,
    });
  }
}

function wrong(path: string, where: string, must: string, value: unknown): FastTsError {
  return new FastTsError("FTS_SILENCE", `${path}: ${where}: ${must}, got ${JSON.stringify(value)}`);
}
