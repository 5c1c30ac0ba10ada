import { FastTsError } from "../errors.ts";
import { readNumber } from "../option-kinds.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Seconds of a span as people write it: `90s`, `30m`, `2h`, `1d`, `1w`, `1h30m`.
 *
 * @throws FastTsError `FTS_OPTION` naming the flag and the value.
 */
export function readSpan(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)];
  const seconds = parts.reduce((sum, [, n, unit = ""]) => sum + Number(n) * (UNITS[unit] ?? 0), 0);
  if (parts.map(([part]) => part).join("") === text && seconds > 0) return seconds;
  throw new FastTsError("FTS_OPTION", `${flag}: must be a span such as 30m, 2h or 1d12h, got ${JSON.stringify(text)}`);
}

/**
 * Unix seconds of a moment: Unix seconds themselves, or a date, `2026-11-29T22:00` or `2026-11-29`, in the time zone of this
 * machine unless it says another one.
 *
 * @throws FastTsError `FTS_OPTION` naming the flag and the value.
 */
export function readMoment(flag: string, text: string): number {
  const number = readNumber(text);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text); // which JavaScript takes as UTC, and only that
  const seconds = typeof number === "number" ? number : Date.parse(isDay ? `${text}T00:00` : text) / 1000;
  if (Number.isFinite(seconds)) return seconds;
  const must = "must be a time such as 2026-11-29T22:00 or Unix seconds";
  throw new FastTsError("FTS_OPTION", `${flag}: ${must}, got ${JSON.stringify(text)}`);
}
