import type { Event } from "../core/event.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import { type AttributePath, attributeName } from "./field-values.ts";

/** The standard fields a stage may be pointed at by name. */
export type FieldName = "host" | "service" | "state" | "description" | "metric" | "time" | "ttl";

/** What stages compare and group by. `undefined` (an attribute that is not there) counts as `null`. */
export type Primitive = string | number | boolean | null | undefined;

/**
 * One value of an event: a field or an attribute by its name (`"host"`, `"attributes.zone"`), or a function of the event
 * for anything else. An attribute that is not there is `null`.
 */
export type Selector = FieldName | AttributePath | ((event: Event) => Primitive);

/** The type of a selector's value: that of its field, the text of its attribute, or its function's result. */
export type Selected<S extends Selector> = S extends FieldName
  ? Event[S]
  : S extends AttributePath
    ? string | null
    : S extends (event: Event) => infer Value
      ? undefined extends Value
        ? Exclude<Value, undefined> | null
        : Value
      : never;

/** What tells events apart: one selector, or a list of them for a key of several parts (`["host", "service"]`). */
export type Key = Selector | readonly Selector[];

/** A compiled {@link Selector}. */
export type Select = (event: Event) => string | number | boolean | null;

// A closure a field, each with its own property read: `event[name]` would be a keyed lookup for every event.
const FIELDS: Readonly<Record<FieldName, Select>> = {
  host: (event) => event.host,
  service: (event) => event.service,
  state: (event) => event.state,
  description: (event) => event.description,
  metric: (event) => event.metric,
  time: (event) => event.time,
  ttl: (event) => event.ttl,
};

/**
 * Compiles `selector`; `where` (`by(key)`) begins the messages.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` at once when it is neither such a name nor a function, `FTS_STAGE_MISUSE` with
 * the event for which the function returns something other than a string, number, boolean or nothing.
 */
export function compileSelector(where: string, selector: unknown): Select {
  if (typeof selector === "function") return (event) => primitive(where, selector(event));
  if (isFieldName(selector)) return FIELDS[selector];
  const attribute = typeof selector === "string" && attributeName(selector);
  if (attribute) return (event) => event.attributes[attribute] ?? null;
  throw new FastTsError(
    "FTS_STAGE_OPTION",
    `${where}: must be one of ${Object.keys(FIELDS).join(", ")}, attributes.NAME, or a function of the event, got ${show(selector)}`,
  );
}

/** A compiled key: its last part, and the parts above it, outermost first. */
export interface KeyPath {
  readonly above: readonly Select[];
  readonly key: Select;
  /** The fields and attributes that it is made of; `null` for a function. */
  readonly names: readonly (string | null)[];
}

/** Compiles a key of one part, or of a list of them; throws as {@link compileSelector} does, and on an empty list. */
export function compileKey(where: string, key: unknown): KeyPath {
  const all: readonly unknown[] = Array.isArray(key) ? key : [key];
  const parts = all.map((part) => compileSelector(where, part));
  const last = parts.at(-1);
  if (last === undefined)
    throw new FastTsError("FTS_STAGE_OPTION", `${where}: must name at least one field or attribute, got an empty list`);
  const names = all.map((part) => (typeof part === "string" ? part : null));
  return { above: parts.slice(0, -1), key: last, names };
}

/** Equality as a `Map` has it: `NaN` equals itself, so a metric that stays `NaN` has not changed. */
export function sameValue(a: unknown, b: unknown): boolean {
  return a === b || Object.is(a, b);
}

function isFieldName(value: unknown): value is FieldName {
  return typeof value === "string" && Object.hasOwn(FIELDS, value);
}

// An object is a new one at each event: it would never equal the one before, and nobody would notice.
function primitive(where: string, value: unknown): string | number | boolean | null {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value;
    case "undefined":
      return null;
    default:
      if (value === null) return null;
      throw new FastTsError(
        "FTS_STAGE_MISUSE",
        `${where}: the function must give a string, number, boolean or null, got ${show(value)}`,
      );
  }
}
