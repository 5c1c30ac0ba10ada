import { FastTsError } from "../errors.ts";
import { measure } from "./event-weight.ts";
import { shortestFloat } from "./float.ts";
import { refuseAssignments } from "./refuse-assignments.ts";

/** Custom fields of an event, by name; both name and value are strings, as on the wire. */
export type Attributes = Readonly<Record<string, string>>;

/** What a new event is made of; a missing field is `null` (no tags, no attributes). */
export interface EventFields {
  readonly host?: string | null;
  readonly service?: string | null;
  readonly state?: string | null;
  readonly description?: string | null;
  readonly metric?: number | null;
  /** Unix seconds, fractions allowed; finite. */
  readonly time?: number;
  /** Seconds the event stays valid after `time`. */
  readonly ttl?: number | null;
  readonly tags?: readonly string[];
  readonly attributes?: Attributes;
}

export const NO_TAGS: readonly string[] = Object.freeze([]);
export const NO_ATTRIBUTES: Attributes = Object.freeze({ __proto__: null as never });

// Set by the class, which alone sees the field.
let knownBytes: (event: Event) => number;
let measureBytes: (event: Event) => number;

/**
 * About how many bytes of memory an event takes, its texts included: what a stage that holds events reports as `held`.
 * Rather too many, as texts may be shared.
 *
 * @category Your own
 * @example
 * const big = (bytes: number) => filter((e) => weigh(e) > bytes);
 * pipeline("events of more than 64 KiB", [big(65_536), stdout()]);
 */
export function weigh(event: Event): number {
  const bytes = knownBytes(event);
  return bytes === 0 ? measureBytes(event) : bytes;
}

/**
 * One metric or occurrence: never changed, shared by all pipelines of a thread. Assigning to a field throws.
 *
 * Absent is `null`, never `undefined`; seconds everywhere. An event always has a time: one that came without is stamped
 * when it is received. A 64-bit integer metric beyond ±2^53 is the nearest double.
 */
export class Event {
  // Fields of its own behind accessors: `Object.freeze` costs 52 ns an event, these nothing (4 x 4, bench: throughput).
  // No `#private` fields: `assert.deepEqual` would hold any two events for equal.
  private readonly _host: string | null;
  private readonly _service: string | null;
  private readonly _state: string | null;
  private readonly _description: string | null;
  private readonly _metric: number | null;
  private readonly _time: number;
  private readonly _ttl: number | null;
  private readonly _tags: readonly string[];
  private readonly _attributes: Attributes;
  private readonly _metricIsFloat: boolean;
  /** See {@link weigh}; `#private`, for it is no part of what makes two events equal. 0: not known yet. */
  #bytes: number;

  static {
    knownBytes = (event) => event.#bytes;
    measureBytes = (event) => {
      event.#bytes = measure(event);
      return event.#bytes;
    };
  }

  // Positional, one call, one hidden class: the decoder makes millions of events a second (bench: decoder).
  constructor(
    host: string | null,
    service: string | null,
    state: string | null,
    description: string | null,
    metric: number | null,
    time: number,
    ttl: number | null,
    tags: readonly string[],
    attributes: Attributes,
    metricIsFloat: boolean,
    bytes: number,
  ) {
    this._host = host;
    this._service = service;
    this._state = state;
    this._description = description;
    this._metric = metric;
    this._time = time;
    this._ttl = ttl;
    this._tags = tags;
    this._attributes = attributes;
    this._metricIsFloat = metricIsFloat;
    this.#bytes = bytes;
  }

  get host(): string | null {
    return this._host;
  }

  get service(): string | null {
    return this._service;
  }

  get state(): string | null {
    return this._state;
  }

  get description(): string | null {
    return this._description;
  }

  get metric(): number | null {
    return this._metric;
  }

  /** Unix seconds, with fractions when the sender gave microseconds. */
  get time(): number {
    return this._time;
  }

  /** Seconds the event stays valid after `time`; `null` when the sender gave none. */
  get ttl(): number | null {
    return this._ttl;
  }

  get tags(): readonly string[] {
    return this._tags;
  }

  /** Custom fields. A name that collides with a standard field (`host`, `time`, …) stays in here. */
  get attributes(): Attributes {
    return this._attributes;
  }

  /** True when the sender gave only the 32-bit `metric_f`: it is printed with the fewest digits that name that float. */
  get metricIsFloat(): boolean {
    return this._metricIsFloat;
  }

  /**
   * A copy with some fields replaced; `null` removes one, a field left out (or `undefined`) stays. Tags and attributes
   * that are given are frozen.
   *
   * @throws FastTsError `FTS_STAGE_MISUSE` when `time` is not a finite number.
   * @example
   * pipeline("in percent", [map((e) => e.with({ metric: (e.metric ?? 0) * 100, service: `${e.service} percent` })), stdout()]);
   */
  with(changes: EventFields): Event {
    let { host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat } = this;
    let bytes = this.#bytes;
    // Only the fields that are there: reading all nine costs twice as much once call sites name many sets of fields (17
    // ns whatever they name; the reads took 15 ns for three sets, 37 for twelve; bench: stages, `set`).
    for (const name in changes) {
      const value = changes[name as keyof EventFields];
      if (value === undefined) continue;
      // The types of EventFields, by the name.
      if (name === "metric") {
        metricIsFloat &&= value === metric;
        metric = value as number | null;
      } else if (name === "state") {
        bytes = 0;
        state = value as string | null;
      } else if (name === "ttl") ttl = value as number | null;
      else if (name === "service") {
        bytes = 0;
        service = value as string | null;
      } else if (name === "description") {
        bytes = 0;
        description = value as string | null;
      } else if (name === "tags") {
        bytes = 0;
        tags = Object.freeze(value as readonly string[]);
      } else if (name === "time") time = finiteTime("with", value);
      else if (name === "host") {
        bytes = 0;
        host = value as string | null;
      } else if (name === "attributes") {
        bytes = 0;
        attributes = Object.freeze(value as Attributes);
      }
    }
    return new Event(host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat, bytes);
  }

  /**
   * What `JSON.stringify` shows of it, as `stdout()` does. JSON has no `NaN` and no infinity: such a number is the text
   * `"NaN"`, `"Infinity"` or `"-Infinity"`.
   */
  toJSON(): Record<string, unknown> {
    const { host, service, state, metric, time, description, ttl, tags, attributes } = this;
    return {
      host,
      service,
      state,
      metric: jsonNumber(metric, this.metricIsFloat),
      time: jsonNumber(time, false),
      description,
      ttl: jsonNumber(ttl, true),
      tags,
      attributes,
    };
  }
}

// What `console.log` shows.
Object.defineProperty(Event.prototype, Symbol.for("nodejs.util.inspect.custom"), { value: Event.prototype.toJSON });
refuseAssignments(Event.prototype);

function jsonNumber(value: number | null, isFloat: boolean): number | string | null {
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return String(value);
  return isFloat ? shortestFloat(value) : value;
}

// The first two events have no numbers in their number fields, so that V8 keeps these fields as pointers: a copy then
// shares its original's numbers instead of boxing them again (12 ns a copy, not 14; bench: stages).
for (const none of [undefined, "none"])
  Reflect.construct(Event, [null, null, null, null, none, none, none, NO_TAGS, NO_ATTRIBUTES, false, 0]);

/**
 * A new event. `time` is required, as there is no clock here: a stage takes it from `context.clock.now()`.
 * Tags and attributes that are given are frozen.
 *
 * @throws FastTsError `FTS_STAGE_MISUSE` when `time` is not a finite number.
 * @category Pipelines and events
 * @example
 * event({ service: "deploys", metric: 1, time: 1_700_000_000, tags: ["release"] });
 */
export function event(fields: EventFields & { readonly time: number }): Event {
  return new Event(
    fields.host ?? null,
    fields.service ?? null,
    fields.state ?? null,
    fields.description ?? null,
    fields.metric ?? null,
    finiteTime("event", fields.time),
    fields.ttl ?? null,
    Object.freeze(fields.tags ?? NO_TAGS),
    Object.freeze(fields.attributes ?? NO_ATTRIBUTES),
    false,
    0,
  );
}

/** `event.with({ metric, time })`, in 8 ns and without the object: for stages that replace every event's metric. */
export function withMetric(event: Event, metric: number | null, time: number = event.time): Event {
  const { host, service, state, description, ttl, tags, attributes } = event;
  const isFloat = event.metricIsFloat && metric === event.metric;
  return new Event(host, service, state, description, metric, time, ttl, tags, attributes, isFloat, knownBytes(event));
}

/** `event.with({ tags })`, likewise. */
export function withTags(event: Event, tags: readonly string[]): Event {
  const { host, service, state, description, metric, time, ttl, attributes, metricIsFloat } = event;
  return new Event(
    host,
    service,
    state,
    description,
    metric,
    time,
    ttl,
    tags,
    attributes,
    metricIsFloat,
    knownBytes(event),
  );
}

/** What sinks take: an event, or a list of them, such as a window emits. */
export type EventOrList = Event | readonly Event[];

/** Calls `take` with each event of either, without making a list. */
export function forEachEvent(value: EventOrList, take: (event: Event) => void): void {
  if (value instanceof Event) take(value);
  else for (const event of value) take(event);
}

/** The events of either. */
export function eventsOf(value: EventOrList): readonly Event[] {
  return value instanceof Event ? [value] : value;
}

function finiteTime(where: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new FastTsError("FTS_STAGE_MISUSE", `${where}({ time }): must be a finite number of seconds, got ${shown}`);
}
