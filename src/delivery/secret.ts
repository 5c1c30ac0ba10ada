import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { coerceError, FastTsError } from "../errors.ts";
import { checkWhenTriedOut } from "./secret-checks.ts";
import { remember } from "./secret-mask.ts";

/** A credential that route files name and never see: it is looked up where it is used. */
export class Secret {
  readonly name: string;
  readonly #make: (value: string) => string;

  constructor(name: string, make: (value: string) => string) {
    this.name = name;
    this.#make = make;
  }

  /** What tells targets apart: its name, and the text of the function that makes something else of its value. */
  get key(): string {
    if (this.#make === itself) return this.name;
    return `${this.name}#${createHash("sha256").update(String(this.#make)).digest("hex").slice(0, 8)}`;
  }

  /**
   * The value, for the writer of a target.
   *
   * @throws FastTsError `FTS_SECRET` when neither the environment variable nor its file is there, or its function makes no
   * text of it.
   */
  reveal(env: Readonly<Record<string, string | undefined>> = process.env): string {
    if (isWithoutSecrets) return this.#make(this.#shown);
    const value = lookUp(this.name, env);
    remember(value);
    const made = this.#made(value);
    remember(made);
    return made;
  }

  /** Of an error of the function its kind alone is told: the value may be part of its message. */
  #made(value: string): string {
    let made: unknown;
    try {
      made = this.#make(value);
    } catch (thrown) {
      const { name } = coerceError(thrown);
      throw new FastTsError("FTS_SECRET", `${this.#shown}: its function throws ${name} for the value that is there`);
    }
    if (typeof made === "string") return made;
    throw new FastTsError(
      "FTS_SECRET",
      `${this.#shown}: its function must return a text, got a value of type ${typeof made}`,
    );
  }

  /** A template literal would carry the value into logs and metrics. */
  [Symbol.toPrimitive](): never {
    throw new FastTsError(
      "FTS_STAGE_OPTION",
      `${this.#shown} cannot be part of a text: write secret(${JSON.stringify(this.name)}, (s) => \`…\${s}…\`)`,
    );
  }

  toJSON(): string {
    return this.#shown;
  }

  get #shown(): string {
    return `secret(${this.name})`;
  }
}

// What `console.log` shows. By its name: the types that `init` copies refer to no other package.
Object.defineProperty(Secret.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Secret): string {
    return this.toJSON();
  },
});

/**
 * A credential: the environment variable `name`, or the text of the file that the environment variable `NAME_FILE`
 * names, as Docker and Kubernetes mount it (a line break at its end is left out). When it is not there, or the sink
 * cannot work with it, the routes do not load: the daemon does not start, at a reload the old routes go on. `fast-ts
 * check` says so too, `--no-secrets` leaves it out; tests and replay need no secret. Printed, it is `secret(NAME)`;
 * what it stands for is masked in the errors of the sink.
 *
 * @param make - Makes a text of the value, for a credential that is part of one.
 * @throws FastTsError `FTS_STAGE_OPTION` when `name` is no name of an environment variable.
 * @category Output
 * @example
 * const token = secret("API_TOKEN", (s) => `Bearer ${s}`);
 * pipeline("to a webhook", [webhook("https://example.com/hook", { headers: { authorization: token } })]);
 */
export function secret(name: string, make: (value: string) => string = itself): Secret {
  if (typeof name !== "string" || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new FastTsError(
      "FTS_STAGE_OPTION",
      `secret(name): must be the name of an environment variable, such as "API_TOKEN", got ${JSON.stringify(name)}`,
    );
  const made = new Secret(name, make);
  checkWhenTriedOut(() => made.reveal(), secret);
  return made;
}

function itself(value: string): string {
  return value;
}

let isWithoutSecrets = false;

/** Runs what shows credentials as `secret(NAME)`, and looks none up. */
export function withoutSecrets<T>(work: () => T): T {
  isWithoutSecrets = true;
  try {
    return work();
  } finally {
    isWithoutSecrets = false;
  }
}

/** The text itself, or what the secret stands for. */
export function reveal(value: string | Secret): string {
  return typeof value === "string" ? value : value.reveal();
}

function lookUp(name: string, env: Readonly<Record<string, string | undefined>>): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  const path = env[`${name}_FILE`];
  if (path === undefined || path === "")
    throw new FastTsError(
      "FTS_SECRET",
      `secret ${name} is not there: set the environment variable ${name}, or ${name}_FILE to the path of its file`,
    );
  try {
    const text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    if (text !== "") return text;
  } catch (thrown) {
    const why = coerceError(thrown).message;
    throw new FastTsError("FTS_SECRET", `secret ${name} cannot be read from ${path} (${name}_FILE): ${why}`);
  }
  throw new FastTsError("FTS_SECRET", `secret ${name}: the file ${path} (${name}_FILE) is empty`);
}
