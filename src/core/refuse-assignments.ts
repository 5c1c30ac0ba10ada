import { FastTsError } from "../errors.ts";

/**
 * Makes each assignment to a field of an event throw, at the user's line.
 *
 * The accessors get a setter that throws: without one, code that is not strict would pass over the assignment in silence.
 * A name that is not known is looked for up the chain of prototypes, at whose end a trap throws.
 *
 * @param prototype - Of the class of events, whose fields are accessors.
 */
export function refuseAssignments(prototype: object): void {
  for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (get === undefined) continue;
    const set = (value: unknown): void => {
      throw refusal(name, value, set);
    };
    Object.defineProperty(prototype, name, { get, set, enumerable: true }); // `with` takes an event for its fields
  }
  const set = (_: object, name: string | symbol, value: unknown): boolean => {
    throw refusal(String(name), value, set);
  };
  Object.setPrototypeOf(prototype, new Proxy(Object.prototype, { set }));
  Object.freeze(prototype);
}

/** @param above - The function that the user's line called. */
function refusal(name: string, value: unknown, above: (...given: never) => unknown): FastTsError {
  const problem = `event.${name} = ${show(value)}: an event is never changed, as other pipelines get it too`;
  const error = new FastTsError("FTS_STAGE_MISUSE", `${problem}: emit a copy, event.with({ … })`);
  Error.captureStackTrace(error, above);
  return error;
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  return typeof value === "number" || value === null ? String(value) : "…";
}
