import type { Event } from "../core/event.ts";
import { shortestFloat } from "../core/float.ts";
import { printable } from "./printable.ts";
import { timeOfDay } from "./time-of-day.ts";

const COLORS: Readonly<Record<string, string>> = {
  ok: "\x1b[32m",
  warning: "\x1b[33m",
  critical: "\x1b[31m",
  expired: "\x1b[90m",
};
const CYAN = "\x1b[36m";
const RESET = "\x1b[0m";

/** A fixed column: several threads print, and none knows the names of the others' pipelines. */
const NAME_COLUMNS = 20;
const MAX_NAME_COLUMNS = 60;

/**
 * Formats the events of a pipeline as lines for people: `errors to the team   | 12:00:01.234 web1 http ok 5.2 all well
 * [prod eu] version=7`. No line of the log begins with a name and a bar.
 *
 * The time of day is local; absent host and service are `-`, other absent fields are left out.
 */
export function prettyFormat(pipeline: string, isColored: boolean): (event: Event) => string {
  const name = printable(pipeline);
  const shown = name.length <= MAX_NAME_COLUMNS ? name : `${name.slice(0, MAX_NAME_COLUMNS - 1)}…`;
  const head = `${shown.padEnd(NAME_COLUMNS)} |`;
  const prefix = isColored ? `${CYAN}${head}${RESET}` : head;
  return (event) => `${prefix} ${timeOfDay(event.time)} ${formatTimeless(event, isColored)}`;
}

/** The same without the time: for where another one stands in front. */
export function formatTimeless(event: Event, isColored: boolean): string {
  const parts = [printable(event.host ?? "-"), printable(event.service ?? "-")];
  if (event.state !== null) parts.push(colored(printable(event.state), isColored));
  if (event.metric !== null) parts.push(shown(event.metric, event.metricIsFloat));
  if (event.description !== null) parts.push(printable(event.description));
  if (event.tags.length > 0) parts.push(`[${event.tags.map(printable).join(" ")}]`);
  for (const [name, value] of Object.entries(event.attributes)) parts.push(`${printable(name)}=${printable(value)}`);
  return parts.join(" ");
}

function colored(state: string, isColored: boolean): string {
  const color = isColored && Object.hasOwn(COLORS, state) ? COLORS[state] : undefined;
  return color === undefined ? state : `${color}${state}${RESET}`;
}

/** Twelve digits tell apart what people compare, and hide what binary fractions leave behind: 300.37399999999997. */
function shown(metric: number, isFloat: boolean): string {
  if (isFloat) return String(shortestFloat(metric));
  return String(Number.isInteger(metric) ? metric : Number(metric.toPrecision(12)));
}
