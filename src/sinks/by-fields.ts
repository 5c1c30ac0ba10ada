import type { Attributes, Event } from "../core/event.ts";
import { Generations } from "./generations.ts";

type Level<Value> = Map<string | null, Map<number, Map<string | null, Value>>>;

/**
 * Values by host, attributes and service, found without making a key of them: texts that come again and again are found by
 * the hash that they have (bench: sinks). At most `max` of each of two generations; the longest unused are forgotten.
 */
export class ByFields<Value> {
  readonly #max: number;
  #young: Level<Value> = new Map();
  #old: Level<Value> = new Map();
  #count = 0;
  /** Attributes by a number. */
  readonly #ids = new WeakMap<Attributes, number>();
  readonly #idsByText: Generations<number>;
  #nextId = 0;

  constructor(max: number) {
    this.#max = max;
    this.#idsByText = new Generations(max);
  }

  /** The value of the event's fields, made when there is none. */
  of(event: Event, make: (event: Event) => Value): Value {
    const { host, service, attributes } = event;
    const id = this.#idOf(attributes);
    const known = this.#young.get(host)?.get(id)?.get(service);
    if (known !== undefined) return known;
    const value = this.#old.get(host)?.get(id)?.get(service) ?? make(event);
    this.#add(host, id, service, value);
    return value;
  }

  #add(host: string | null, id: number, service: string | null, value: Value): void {
    if (this.#count >= this.#max) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#count = 0;
    }
    this.#count++;
    below(below(this.#young, host), id).set(service, value);
  }

  #idOf(attributes: Attributes): number {
    const known = this.#ids.get(attributes);
    if (known !== undefined) return known;
    const id = this.#idsByText.of(JSON.stringify(attributes), () => this.#nextId++);
    this.#ids.set(attributes, id);
    return id;
  }
}

function below<Key, Inner, Value>(level: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  const known = level.get(key);
  if (known !== undefined) return known;
  const made = new Map<Inner, Value>();
  level.set(key, made);
  return made;
}
