import { type Event, type EventOrList, forEachEvent } from "../core/event.ts";
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

/** The lines of all events. */
export function graphiteLines(items: readonly EventOrList[], path: GraphitePath, tags: boolean): string {
  let lines = "";
  let at = Number.NaN;
  let seconds = "";
  const add = (event: Event): void => {
    if (event.time !== at) {
      at = event.time;
      seconds = ` ${Math.floor(at)}\n`;
    }
    const name = clean(path(event));
    lines += `${tags ? name + tagsOf(event) : name} ${event.metric}${seconds}`;
  };
  for (const item of items) forEachEvent(item, add);
  return lines;
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
