import { isoTime } from "../core/iso-time.ts";
import type { Recorded, RenderedText } from "../testing/routes-under-test.ts";
import { formatJson } from "../text/format-json.ts";
import { formatTimeless } from "../text/format-pretty.ts";
import { formatEntry } from "../text/log-pretty.ts";
import { printable } from "../text/printable.ts";
import type { PipelineSummary } from "./replay-side.ts";

/** What a replay comes to. */
export interface Summary {
  readonly events: number;
  readonly messages: number;
  /** When the capture was begun, and until when it goes, Unix seconds; null when nothing is in it. */
  readonly begun: number | null;
  readonly ended: number | null;
  readonly routes: readonly { readonly dir: string; readonly pipelines: readonly PipelineSummary[] }[];
  /** Of a comparison: how many outputs only the first routes have, and how many only the second. */
  readonly removed: number;
  readonly added: number;
}

/** Which side of a comparison has the output; empty when nothing is compared. */
export type Sign = "" | "-" | "+";

/** How a replay looks. */
export interface Format {
  /** Lines, with their ends. */
  output(recorded: Recorded, sign: Sign): string;
  /** A log line, without its end. */
  log(at: number, level: string, message: string, fields: Readonly<Record<string, unknown>>): string;
  summary(summary: Summary): string;
}

/**
 * For programs: a JSON object a line, with `event`, or with the `events` of a list, and with what is `rendered`, where
 * the sink says so; the last one is the summary.
 */
export const json: Format = {
  output({ at, name, pipeline, stage, events, rendered }, sign) {
    const change = sign === "" ? {} : { change: sign === "-" ? "removed" : "added" };
    const head = JSON.stringify({ ...change, at, sink: name, pipeline, stage });
    const [first] = events;
    const what = first && events.length === 1 ? `"event":${formatJson(first)}` : `"events":${formatJson(events)}`;
    const sent = rendered.length === 0 ? "" : `,"rendered":${JSON.stringify(rendered)}`;
    return `${head.slice(0, -1)},${what}${sent}}\n`;
  },
  log: (at, level, msg, fields) => JSON.stringify({ level, time: isoTime(at), ...fields, msg }),
  summary({ removed, added, ...rest }) {
    const compared = rest.routes.length > 1 ? { removed, added } : {};
    return `${JSON.stringify({ summary: { ...rest, ...compared } })}\n`;
  },
};

/**
 * For people: a line of text for each event, those of a list numbered, below it the request that would be made; then
 * the totals by sink.
 */
export function pretty(isColored: boolean): Format {
  return {
    output({ at, name, pipeline, events, rendered }, sign) {
      const mark = sign === "" ? "" : `${colored(sign, isColored)} `;
      const head = `${mark}${isoTime(at)} ${printable(name)} ${quoted(pipeline)}`;
      const count = events.length;
      return events
        .map((event, n) => `${head}${count > 1 ? ` ${n + 1}/${count}` : ""} ${formatTimeless(event, isColored)}\n`)
        .concat(rendered.flatMap(linesOf).map((line) => `${mark}    ${printable(line)}\n`))
        .join("");
    },
    log: (at, level, message, fields) => formatEntry(isoTime(at), level, message, fields, isColored).trimEnd(),
    summary(summary) {
      const { events, messages, begun, ended, routes, removed, added } = summary;
      const span = begun === null || ended === null ? "" : `, ${isoTime(begun)} to ${isoTime(ended)}`;
      const lines = [`\n${plural(events, "event")} in ${plural(messages, "message")}${span}`];
      for (const [at, { dir, pipelines }] of routes.entries()) {
        if (routes.length > 1) lines.push(`${at === 0 ? "---" : "+++"} ${dir}`);
        lines.push(...pipelines.flatMap(pipelineLines));
      }
      if (routes.length > 1)
        lines.push(
          removed + added === 0
            ? "no difference: every sink gets the same"
            : `${plural(removed, "output")} only in ${routes[0]?.dir}, ${added} only in ${routes[1]?.dir}`,
        );
      return `${lines.join("\n")}\n`;
    },
  };
}

/** A request; what is sent otherwise is much like the event itself, or long as a mail, and left to `json`. */
function linesOf({ to, headers, encoding, body }: RenderedText): string[] {
  if (Object.keys(headers).length === 0) return [];
  return [to, ...(encoding === "utf8" ? body.trimEnd().split("\n") : [])];
}

function pipelineLines({ name, offered, taken, restarts, sinks, drops }: PipelineSummary): string[] {
  return [
    `${quoted(name)} ${offered} offered, ${taken} taken, ${plural(restarts, "restart")}`,
    ...sinks.map(({ sink, stage, count }) => `    ${count} to ${printable(sink)} at ${stage}`),
    ...drops.map(({ stage, reason, count }) => `    ${count} lost: ${reason}${stage === null ? "" : ` at ${stage}`}`),
  ];
}

function quoted(name: string): string {
  return printable(JSON.stringify(name));
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function colored(sign: "-" | "+", isColored: boolean): string {
  if (!isColored) return sign;
  return sign === "-" ? "\x1b[31m-\x1b[0m" : "\x1b[32m+\x1b[0m";
}
