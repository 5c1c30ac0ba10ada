import type { Event } from "../core/event.ts";
import { type EventOrList, forEachEvent } from "../core/event-list.ts";
import { Generations } from "./generations.ts";

/** Of twice as many hosts and services the parts of the path are kept. */
const MAX_TEXTS = 10_000;

/** Names an event. */
export type GraphitePath = (event: Event) => string;

/**
 * Riemann's `graphite-path-percentiles`: `www.example.com` and `api req 0.95` are `com.example.www.api.req.95`. What a host
 * and a service become is kept, as they come again and again (bench: sinks).
 */
export function defaultPath(): GraphitePath {
  const hosts = new Generations<string>(MAX_TEXTS);
  const services = new Generations<string>(MAX_TEXTS);
  return ({ host, service }) => {
    const labels = host === null || host === "" ? "" : hosts.of(host, reversed);
    const words = services.of(service ?? "", wordsOf);
    return labels === "" || words === "" ? labels + words : `${labels}.${words}`;
  };
}

function reversed(host: string): string {
  return host.split(".").reverse().join(".");
}

function wordsOf(service: string): string {
  const words = service.replace(/(\s|^)\d*\.(\d+)$/, "$1$2").split(" ");
  return words.filter((word) => word !== "").join(".");
}

/** carbon closes the connection at a longer line, and would never take what is sent together with it. */
export const MAX_LINE_BYTES = 16_384;

/**
 * The lines of all events, and the indices of the items with an event that has none: its path is empty, or its line is
 * too long for carbon.
 */
export function graphiteLines(
  items: readonly EventOrList[],
  path: GraphitePath,
  tags: boolean,
): { readonly lines: string; readonly unfit: readonly number[] } {
  let lines = "";
  const unfit: number[] = [];
  let at = Number.NaN;
  let seconds = "";
  let index = 0;
  const add = (event: Event): void => {
    if (event.time !== at) {
      at = event.time;
      seconds = ` ${Math.floor(at)}\n`;
    }
    const name = clean(path(event));
    const line = `${tags ? name + tagsOf(event) : name} ${event.metric}${seconds}`;
    if (name === "" || isTooLong(line)) unfit.push(index);
    else lines += line;
  };
  for (; index < items.length; index++) forEachEvent(items[index] as EventOrList, add);
  return { lines, unfit };
}

/** A character takes three bytes at most: few lines have to be measured. */
function isTooLong(line: string): boolean {
  return line.length > MAX_LINE_BYTES / 3 && Buffer.byteLength(line) > MAX_LINE_BYTES;
}

/** A blank would end the path, and a line break the line. */
function clean(path: string): string {
  return /[\s;]/.test(path) ? path.replace(/[\s;]+/g, "_") : path;
}

function tagsOf({ attributes }: Event): string {
  let tags = "";
  for (const name in attributes) {
    const value = attributes[name] ?? "";
    if (name !== "" && value !== "") tags += `;${name.replace(/[\s;!^=]+/g, "_")}=${value.replace(/[\s;~]+/g, "_")}`;
  }
  return tags;
}
