import type { Attributes, Event } from "../core/event.ts";
import { Generations } from "./generations.ts";

/** Of twice as many services, hosts and sets of attributes the escaped texts are kept. */
const MAX_TEXTS = 10_000;

/**
 * Lines of InfluxDB's line protocol: `service,host=…,attribute=… value=metric microseconds`. The metric has to be finite; a
 * whole number is written as a float too, as a field keeps the type of its first point. What is escaped is kept: events of
 * a series come again and again (bench: sinks).
 */
export class InfluxLines {
  readonly #measurements = new Generations<string>(MAX_TEXTS);
  readonly #hosts = new Generations<string>(MAX_TEXTS);
  readonly #tags = new WeakMap<Attributes, string>();
  /** The time of the last line, and its text. */
  #time = Number.NaN;
  #micros = "";

  /** The lines of all events. */
  of(events: readonly Event[]): string {
    let lines = "";
    for (let i = 0; i < events.length; i++) lines += `${i === 0 ? "" : "\n"}${this.line(events[i] as Event)}`;
    return lines;
  }

  line({ host, service, attributes, metric, time }: Event): string {
    if (time !== this.#time) {
      this.#time = time;
      this.#micros = ` ${Math.round(time * 1e6)}`;
    }
    const named = this.#measurements.of(service ?? "", measurementOf);
    const from = host === null || host === "" ? named : named + this.#hosts.of(host, hostTag);
    return `${from}${this.#tagsOf(attributes)} value=${metric}${this.#micros}`;
  }

  #tagsOf(attributes: Attributes): string {
    let tags = this.#tags.get(attributes);
    if (tags === undefined) {
      tags = "";
      for (const name in attributes) {
        const value = attributes[name] ?? "";
        if (name !== "" && value !== "" && name !== "host") tags += `,${escaped(name, TAG)}=${escaped(value, TAG)}`;
      }
      this.#tags.set(attributes, tags);
    }
    return tags;
  }
}

/** A line that begins with `#` is a comment: InfluxDB takes it, and stores nothing. */
const measurementOf = (service: string): string => escaped(service, MEASUREMENT).replace(/^#/, "_");
const hostTag = (host: string): string => `,host=${escaped(host, TAG)}`;

const MEASUREMENT = /[, ]/g;
const TAG = /[,= ]/g;

/** A line break has no escape: it becomes a blank. A backslash that would escape what follows it becomes a slash. */
function escaped(text: string, special: RegExp): string {
  const plain = text.replace(/\s/g, " ").replace(/\\(?=[,= \\]|$)/g, "/");
  return plain.replace(special, "\\$&");
}
