import type { Event, EventFields } from "../core/event.ts";
import { FIELDS } from "./event-fields.ts";

/**
 * An expected event: only its own fields are compared, and of `attributes` only the named ones. A function says yes or
 * no to a value that is there.
 */
export type ExpectedEvent = {
  readonly [Field in keyof EventFields]: EventFields[Field] | ((value: NonNullable<Event[Field]>) => boolean);
};

/** What is compared, by the names of columns: `metric`, `attributes.zone`. */
export type Cells = ReadonlyMap<string, unknown>;

/** The fields of an expected event, or the set fields of an event, in the order of {@link FIELDS}. */
export function cellsOf(fields: ExpectedEvent | Event): Cells {
  const cells = new Map<string, unknown>();
  for (const field of FIELDS) {
    const value = fields[field];
    if (value === undefined) continue;
    if (field !== "attributes" || typeof value !== "object" || value === null) cells.set(field, value);
    else for (const [name, one] of Object.entries(value)) cells.set(`attributes.${name}`, one);
  }
  return cells;
}

/** The columns in which the event is not as expected. */
export function differences(expected: Cells, event: Cells): readonly string[] {
  return [...expected].flatMap(([column, value]) => (isAsExpected(value, event.get(column) ?? null) ? [] : [column]));
}

function isAsExpected(expected: unknown, value: unknown): boolean {
  if (typeof expected === "function") return value !== null && Boolean(expected(value));
  if (!Array.isArray(expected) || !Array.isArray(value)) return Object.is(expected, value) || expected === value;
  return expected.length === value.length && expected.every((one, at) => one === value[at]);
}
