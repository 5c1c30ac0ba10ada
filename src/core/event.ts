import { type EventFields, finiteTime } from "./event-fields.ts";
import {
  type Attributes,
  NO_ATTRIBUTES,
  NO_REST,
  NO_TAGS,
  READ,
  type Rest,
  restOf,
  type UnreadRests,
} from "./event-rest.ts";
import { measure } from "./event-weight.ts";
import { jsonNumber } from "./float.ts";
import { refuseAssignments } from "./refuse-assignments.ts";

export { type Attributes, type EventFields, NO_ATTRIBUTES, NO_TAGS };

// Set by the class, which alone sees the field.
let knownBytes: (event: Event) => number;
let measureBytes: (event: Event) => number;
let readRest: (event: Event) => Rest;
let copyOf: typeof copyEvent;

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
 *
 * Compare events by their fields or as JSON: `isDeepStrictEqual` takes equal ones for different while the description,
 * tags and attributes of one are not decoded, which happens when they are read first.
 */
export class Event {
  // Fields of its own behind accessors: `Object.freeze` costs 52 ns an event, these nothing (4 x 4, bench: throughput).
  // No `#private` fields: `assert.deepEqual` would hold any two events for equal.
  private readonly _host: string | null;
  private readonly _service: string | null;
  private readonly _state: string | null;
  private readonly _metric: number | null;
  private readonly _time: number;
  private readonly _ttl: number | null;
  private readonly _metricIsFloat: boolean;
  /** Description, tags and attributes. Where they are still bytes, `_place` says which ones; they are read once for all copies. */
  private _rest: Rest | UnreadRests;
  private _place: number;
  /** See {@link weigh}; `#private`, for it is no part of what makes two events equal. 0: not known yet. */
  #bytes: number;

  static {
    knownBytes = (event) => event.#bytes;
    measureBytes = (event) => {
      event.#bytes = measure(event);
      return event.#bytes;
    };
    readRest = (event) => {
      const rest = (event._rest as UnreadRests).at(event._place);
      event._rest = rest;
      event._place = READ;
      return rest;
    };
    copyOf = (event, host, service, state, metric, time, ttl, rest, bytes) => {
      const isFloat = event._metricIsFloat && metric === event._metric;
      return rest === null
        ? new Event(host, service, state, metric, time, ttl, isFloat, event._rest, event._place, bytes)
        : new Event(host, service, state, metric, time, ttl, isFloat, rest, READ, bytes);
    };
  }

  // Positional, one call, one hidden class: the decoder makes millions of events a second (bench: decoder).
  constructor(
    host: string | null,
    service: string | null,
    state: string | null,
    metric: number | null,
    time: number,
    ttl: number | null,
    metricIsFloat: boolean,
    rest: Rest | UnreadRests,
    place: number,
    bytes: number,
  ) {
    this._host = host;
    this._service = service;
    this._state = state;
    this._metric = metric;
    this._time = time;
    this._ttl = ttl;
    this._metricIsFloat = metricIsFloat;
    this._rest = rest;
    this._place = place;
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
    return (this._place < 0 ? (this._rest as Rest) : readRest(this)).description;
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
    return (this._place < 0 ? (this._rest as Rest) : readRest(this)).tags;
  }

  /** Custom fields. A name that collides with a standard field (`host`, `time`, …) stays in here. */
  get attributes(): Attributes {
    return (this._place < 0 ? (this._rest as Rest) : readRest(this)).attributes;
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
    let { host, service, state, metric, time, ttl } = this;
    let rest: Rest | null = null;
    let bytes = this.#bytes;
    // Only the fields that are there: reading all nine costs twice as much once call sites name many sets of fields (17
    // ns whatever they name; the reads took 15 ns for three sets, 37 for twelve; bench: stages, `set`).
    for (const name in changes) {
      const value = changes[name as keyof EventFields];
      if (value === undefined) continue;
      // The types of EventFields, by the name.
      if (name === "metric") metric = value as number | null;
      else if (name === "state") {
        bytes = 0;
        state = value as string | null;
      } else if (name === "ttl") ttl = value as number | null;
      else if (name === "service") {
        bytes = 0;
        service = value as string | null;
      } else if (name === "time") time = finiteTime("with", value);
      else if (name === "host") {
        bytes = 0;
        host = value as string | null;
      } else if (name === "description" || name === "tags" || name === "attributes") {
        bytes = 0;
        const { description, tags, attributes } = rest ?? this;
        if (name === "description") rest = restOf(value as string | null, tags, attributes);
        else if (name === "tags") rest = restOf(description, value as readonly string[], attributes);
        else rest = restOf(description, tags, value as Attributes);
      }
    }
    return copyOf(this, host, service, state, metric, time, ttl, rest, bytes);
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

// The first two events have no numbers in their number fields, so that V8 keeps these fields as pointers: a copy then
// shares its original's numbers instead of boxing them again (12 ns a copy, not 14; bench: stages).
for (const none of [undefined, "none"])
  Reflect.construct(Event, [null, null, null, none, none, none, false, NO_REST, READ, 0]);

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
  return newEvent(
    fields.host ?? null,
    fields.service ?? null,
    fields.state ?? null,
    fields.description ?? null,
    fields.metric ?? null,
    finiteTime("event", fields.time),
    fields.ttl ?? null,
    fields.tags ?? NO_TAGS,
    fields.attributes ?? NO_ATTRIBUTES,
    false,
  );
}

/** An event of all its fields; tags and attributes are frozen. */
export function newEvent(
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
): Event {
  const rest = restOf(description, tags, attributes);
  return new Event(host, service, state, metric, time, ttl, metricIsFloat, rest, READ, 0);
}

/**
 * A copy of an event with these fields.
 *
 * @param rest - `null`: the same, read or not.
 * @param bytes - What it weighs; 0: to be measured when it is asked for.
 */
export function copyEvent(
  event: Event,
  host: string | null,
  service: string | null,
  state: string | null,
  metric: number | null,
  time: number,
  ttl: number | null,
  rest: Rest | null,
  bytes: number,
): Event {
  return copyOf(event, host, service, state, metric, time, ttl, rest, bytes);
}

/** `event.with({ metric, time })`, in 8 ns and without the object: for stages that replace every event's metric. */
export function withMetric(event: Event, metric: number | null, time: number = event.time): Event {
  const { host, service, state, ttl } = event;
  return copyOf(event, host, service, state, metric, time, ttl, null, knownBytes(event));
}

/** `event.with({ tags })`, likewise. */
export function withTags(event: Event, tags: readonly string[]): Event {
  const { host, service, state, metric, time, ttl, description, attributes } = event;
  const rest = restOf(description, tags, attributes);
  return copyOf(event, host, service, state, metric, time, ttl, rest, knownBytes(event));
}
