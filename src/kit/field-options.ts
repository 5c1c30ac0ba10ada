import { checkOption } from "../core/option.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";
import type { Reads } from "./event-patch.ts";
import { type FoundField, findField, type Read } from "./field-values.ts";

/**
 * Converts a stage's object of values by field into readers of the fields.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when it is not an object, or names what is not a field or one of `except`.
 */
export function readEach(
  stage: string,
  fields: unknown,
  except: readonly string[],
  make: (path: string, value: unknown, field: FoundField) => Read | null,
): Reads {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new FastTsError("FTS_STAGE_OPTION", `${stage}(fields): must be an object { … }, got ${show(fields)}`);
  const entries = Object.entries(fields).map(([path, value]): [string, Read | null] => [
    path,
    make(path, value, findField(`${stage}(fields)`, path, except)),
  ]);
  return Object.fromEntries(entries);
}

/** What a field is to be: a function of the event, or a fixed value, which is checked and copied. */
export function readGiven(stage: string, path: string, value: unknown, { kind }: FoundField): Read {
  if (typeof value === "function") return (event) => value(event);
  checkOption(stage, path, value, { must: `${kind.must}, or a function of the event`, test: kind.test });
  const own = Object.freeze(structuredClone(value));
  return () => own;
}
