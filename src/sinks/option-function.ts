import { aFunction, checkOption } from "../core/option.ts";
import { isPromise } from "../core/promise.ts";
import { placeOfThrow } from "../core/site.ts";
import { show } from "../core/stage.ts";
import { cutText } from "../delivery/cut-text.ts";
import { DeliveryFailure } from "../delivery/failure.ts";
import { coerceError } from "../errors.ts";

const MAX_ERROR_CHARACTERS = 300;

/** Reads what a function of an option gave; `refuse` says what it must be, and what came. */
export type Reader<Made> = (made: unknown, refuse: (must: string, got: unknown) => never) => Made;

/**
 * A function that a sink has as an option, made to give what the sink can send: what it gives else, such as the promise of
 * an `async` function, is a fault of the event, and so is what it throws. Undefined stays that.
 *
 * @throws FastTsError `FTS_STAGE_OPTION` when it is no function; the function throws `DeliveryFailure`, `refused`.
 */
export function optionFunction<Args extends readonly unknown[], Made>(
  sink: string,
  option: string,
  make: (...args: Args) => unknown,
  read: Reader<Made>,
): (...args: Args) => Made;
export function optionFunction<Args extends readonly unknown[], Made>(
  sink: string,
  option: string,
  make: ((...args: Args) => unknown) | undefined,
  read: Reader<Made>,
): ((...args: Args) => Made) | undefined;
export function optionFunction<Args extends readonly unknown[], Made>(
  sink: string,
  option: string,
  make: ((...args: Args) => unknown) | undefined,
  read: Reader<Made>,
): ((...args: Args) => Made) | undefined {
  if (make === undefined) return undefined;
  checkOption(sink, option, make, aFunction);
  const refuse = (must: string, got: unknown): never => {
    if (isPromise(got)) got.then(undefined, () => {}); // nobody waits for it
    const hint = isPromise(got) ? "; to wait for something use map(async (event) => …) before the sink" : "";
    throw new DeliveryFailure("refused", `${sink}(${option}): must give ${must}, got ${show(got)}${hint}`);
  };
  return (...args) => {
    try {
      return read(make(...args), refuse);
    } catch (thrown) {
      throw thrown instanceof DeliveryFailure ? thrown : failureOf(`${sink}(${option})`, coerceError(thrown));
    }
  };
}

/** What a function threw, with its place in the user's own file. */
function failureOf(where: string, error: Error): DeliveryFailure {
  const { name, message } = error;
  const place = placeOfThrow(error);
  const words = `${where} threw ${name}: ${cutText(message, MAX_ERROR_CHARACTERS)}${place === null ? "" : ` at ${place}`}`;
  return new DeliveryFailure("refused", words, { cause: error });
}

/** Numbers and the like are text, nothing is no text. */
export const TEXT: Reader<string> = (made, refuse) => {
  if (typeof made === "string") return made;
  return isPlain(made) ? String(made ?? "") : refuse("a text", made);
};

/** What something is called: nothing is no name. */
export const NAME: Reader<string> = (made, refuse) =>
  made === null || made === undefined ? refuse("a text", made) : TEXT(made, refuse);

/** A link, or nothing. */
export const LINK: Reader<string | null> = (made, refuse) => TEXT(made, refuse) || null;

export const NUMBER: Reader<number> = (made, refuse) =>
  typeof made === "number" && Number.isFinite(made) ? made : refuse("a number", made);

/** An object of texts; what is nothing is left out. */
export const TEXTS: Reader<Record<string, string>> = (made, refuse) => {
  const given = Object.entries(objectOf(made, "an object of texts", refuse));
  const texts = given.filter(([, text]) => text !== null && text !== undefined);
  const read = (name: string, text: unknown): string =>
    TEXT(text, (must, got) => refuse(`${must} as ${JSON.stringify(name)}`, got));
  return Object.fromEntries(texts.map(([name, text]) => [name, read(name, text)]));
};

/** An object as JSON has it: it can cross threads. */
export const FIELDS: Reader<Record<string, unknown>> = (made, refuse) => {
  const fields = objectOf(made ?? {}, "an object", refuse);
  const plain = (name: string, value: unknown): unknown =>
    isPromise(value) ? refuse(`no promise as ${JSON.stringify(name)}`, value) : value;
  try {
    return JSON.parse(JSON.stringify(fields, plain));
  } catch (thrown) {
    if (thrown instanceof DeliveryFailure) throw thrown;
    return refuse("what can be written as JSON", fields);
  }
};

function objectOf(made: unknown, must: string, refuse: (must: string, got: unknown) => never): object {
  return typeof made === "object" && made !== null && !Array.isArray(made) && !isPromise(made)
    ? made
    : refuse(must, made);
}

function isPlain(made: unknown): boolean {
  return made === null || ["string", "number", "bigint", "boolean", "undefined"].includes(typeof made);
}
