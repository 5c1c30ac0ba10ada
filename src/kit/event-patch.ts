import { type Attributes, copyEvent, type Event, NO_ATTRIBUTES } from "../core/event.ts";
import { type Rest, restOf } from "../core/event-rest.ts";
import { REMOVABLE } from "../core/fields.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import {
  ATTRIBUTES,
  attributeName,
  findField,
  type Kind,
  NUMBER,
  pathList,
  type Read,
  TAGS,
  TEXT,
  TIME,
} from "./field-values.ts";

/** New values for a changed event, by the names of fields and attributes; `null` removes one. */
export type Reads = Readonly<Record<string, Read | null>>;

/**
 * Compiles how a changed copy of an event is made: a function for each field that changes, the others are copied.
 * Throws `FTS_STAGE_MISUSE` when a user's function returns what the field cannot hold. Nothing is allocated but the
 * copy.
 */
export function compilePatch(stage: string, reads: Reads): (event: Event) => Event {
  const host = reader(stage, "host", TEXT, reads);
  const service = reader(stage, "service", TEXT, reads);
  const state = reader(stage, "state", TEXT, reads);
  const metric = reader(stage, "metric", NUMBER, reads);
  const time = reader(stage, "time", TIME, reads);
  const ttl = reader(stage, "ttl", NUMBER, reads);
  const rest = compileRest(stage, reads);
  return (event) =>
    copyEvent(
      event,
      host === null ? event.host : host(event),
      service === null ? event.service : service(event),
      state === null ? event.state : state(event),
      metric === null ? event.metric : metric(event),
      time === null ? event.time : time(event),
      ttl === null ? event.ttl : ttl(event),
      rest === null ? null : rest(event),
      0,
    );
}

/** `null` when all of it is as it was. */
function compileRest(stage: string, reads: Reads): ((event: Event) => Rest) | null {
  const description = reader(stage, "description", TEXT, reads);
  const tags = reader(stage, "tags", TAGS, reads);
  const attributes = compileAttributes(stage, reads);
  if (description === null && tags === null && attributes === null) return null;
  return (event) =>
    restOf(
      description === null ? event.description : description(event),
      tags === null ? event.tags : tags(event),
      attributes === null ? event.attributes : attributes(event),
    );
}

/** What keeps `fields`, one or a list, and removes all others but the time; `where` (`keep(fields)`) begins the messages. */
export function readKept(where: string, fields: unknown): Reads {
  const reads: Record<string, Read | null> = Object.fromEntries(REMOVABLE.map((field) => [field, null]));
  for (const path of pathList(fields)) {
    const { read } = findField(where, path);
    const name = String(path);
    if (attributeName(name) === null) delete reads[name];
    else reads[name] = read;
  }
  return reads;
}

/** `null` for a field that is as it was. */
function reader<Value>(stage: string, path: string, kind: Kind<Value>, reads: Reads): ((event: Event) => Value) | null {
  const read = reads[path];
  if (read === undefined) return null;
  if (read === null) return kind.nothing === undefined ? null : always(kind.nothing);
  /** The last list or object that was looked through: most events share theirs with the one before. */
  let known: Value | undefined;
  return (event) => {
    const value = read(event) ?? null;
    if (known !== undefined && value === known) return known;
    if (!kind.test(value))
      throw new FastTsError(
        "FTS_STAGE_MISUSE",
        `${stage}(${path}): the function must give ${kind.must}, got ${show(value)}`,
      );
    if (typeof value === "object") known = Object.freeze(value);
    return value;
  };
}

function always<Value>(value: Value): () => Value {
  return () => value;
}

/**
 * One object for consecutive events whose new attributes are equal, as the decoder has one for equal ones: most are.
 */
function compileAttributes(stage: string, reads: Reads): ((event: Event) => Attributes) | null {
  const whole = reader(stage, "attributes", ATTRIBUTES, reads);
  const parts = Object.keys(reads).flatMap((path) => {
    const name = attributeName(path);
    return name === null ? [] : [{ name, read: reader(stage, path, TEXT, reads) ?? always(null) }];
  });
  if (parts.length === 0) return whole;
  const values: (string | null)[] = [];
  /** What `result` was made of, with `values`; `null` when it is no longer. */
  let source: Attributes | null = null;
  let result = NO_ATTRIBUTES;
  return (event) => {
    const given = whole === null ? event.attributes : whole(event);
    let at = 0;
    for (const { read } of parts) {
      const value = read(event);
      if (value !== values[at]) {
        values[at] = value;
        source = null;
      }
      at += 1;
    }
    if (given !== source) {
      result = withParts(
        given,
        parts.map(({ name }, at) => [name, values[at] ?? null]),
      );
      source = given;
    }
    return result;
  };
}

function withParts(given: Attributes, parts: readonly (readonly [name: string, value: string | null])[]): Attributes {
  if (parts.every(([name, value]) => (given[name] ?? null) === value)) return given;
  // No prototype, as the decoder's: any name is a name like any other.
  const changed: Record<string, string> = Object.assign(Object.create(null), given);
  for (const [name, value] of parts) {
    if (value === null) delete changed[name];
    else changed[name] = value;
  }
  return Object.freeze(changed);
}
