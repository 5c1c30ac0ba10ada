import { printable } from "./printable.ts";
import { timeOfDay } from "./time-of-day.ts";

const COLORS: Readonly<Record<string, string>> = { debug: "\x1b[90m", warn: "\x1b[33m", error: "\x1b[31m" };
const DIM = "\x1b[2m";
const RESET = "\x1b[0m";

/**
 * A JSON log line for people: `12:00:01.234 warn message key=value`, with each text of several lines (a stack, a
 * problem in a route file) below, as it is.
 */
export function formatLogLine(json: string, isColored: boolean): string {
  const { level, time, msg, ...fields }: Record<string, unknown> = JSON.parse(json);
  return formatEntry(timeOfDay(Date.parse(String(time)) / 1000), String(level), String(msg), fields, isColored);
}

/** The same of the parts of a line. */
export function formatEntry(
  time: string,
  level: string,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  isColored: boolean,
): string {
  const color = isColored ? (COLORS[level] ?? "") : "";
  const [dim, reset] = isColored ? [DIM, RESET] : ["", ""];
  let line = `${dim}${time}${reset} ${color}${level}${color && reset} ${printable(message)}`;
  let below = "";
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string" && value.includes("\n")) below += indented(value);
    else line += ` ${dim}${printable(name)}=${reset}${printable(short(value))}`;
  }
  return `${line}\n${below}`;
}

/** A word is shown bare, everything else as JSON. */
function short(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function indented(text: string): string {
  const lines = text.trimEnd().split("\n");
  return lines.map((line) => `    ${printable(line)}\n`).join("");
}
