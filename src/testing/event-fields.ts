import { didYouMean } from "../core/did-you-mean.ts";
import { Event } from "../core/event.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import { findField } from "../kit/field-values.ts";

/** The fields of an event, in the order in which they are shown. */
export const FIELDS = [
  "host",
  "service",
  "state",
  "metric",
  "time",
  "ttl",
  "description",
  "tags",
  "attributes",
] as const;

/** Throws `FTS_TEST` unless all names are fields and all values fit; a function, where `mayTest`, fits everywhere. */
export function checkFields(where: string, given: object, mayTest = false): void {
  if (given instanceof Event) return;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || (mayTest && typeof value === "function")) continue;
    if (!FIELDS.some((field) => field === name)) {
      const meant = didYouMean(name, FIELDS);
      const hint = meant === null ? "a name of your own goes into attributes" : `did you mean ${meant}?`;
      throw new FastTsError("FTS_TEST", `${where}: an event has no field ${JSON.stringify(name)}; ${hint}`);
    }
    const { kind } = findField(where, name);
    if (!kind.test(value))
      throw new FastTsError("FTS_TEST", `${where}: ${name} must be ${kind.must}, got ${show(value)}`);
  }
}
