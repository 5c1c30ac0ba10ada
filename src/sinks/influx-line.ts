import type { Attributes, Event } from "../core/event.ts";
import { Generations } from "./generations.ts";

/** Of twice as many services, hosts and sets of attributes the escaped texts are kept. */
const MAX_TEXTS = 10_000;
const MICROS = 1e6;

/**
 * Lines of InfluxDB's line protocol: `service,host=…,attribute=… value=metric microseconds`. The metric has to be finite; a
 * whole number is written as a float too, as a field keeps the type of its first point. What is escaped is kept: events of
 * a series come again and again (bench: sinks).
 */
export class InfluxLines {
  readonly #measurements = new Generations<string>(MAX_TEXTS);
  readonly #hosts = new Generations<string>(MAX_TEXTS);
  readonly #tags = new WeakMap<Attributes, string>();
  #second = Number.NaN;
  #secondText = "";

  /** The lines of all events. */
  of(events: readonly Event[]): string {
    let lines = "";
    for (let i = 0; i < events.length; i++) lines += `${i === 0 ? "" : "\n"}${this.line(events[i] as Event)}`;
    return lines;
  }

  line({ host, service, attributes, metric, time }: Event): string {
    const named = this.#measurements.of(service ?? "", measurementOf);
    const from = host === null || host === "" ? named : named + this.#hosts.of(host, hostTag);
    return `${from}${this.#tagsOf(attributes)} value=${metric}${this.#timeOf(time)}`;
  }

  /** A long number takes long to write: its seconds come again, and what is below a million is short. */
  #timeOf(time: number): string {
    const micros = Math.round(time * MICROS);
    if (micros < MICROS) return ` ${micros}`;
    const second = Math.floor(micros / MICROS);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = ` ${second}`;
    }
    return this.#secondText + String(MICROS + micros - second * MICROS).slice(1);
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
