import { isIP } from "node:net";
import { isSpreadField, SPREAD_FIELD_RULE, type SpreadField } from "./core/spread.ts";

/** The rule a value must keep, its words, and how text (a flag, a variable) becomes such a value. */
export interface Kind<T> {
  /** "must be …" */
  readonly must: string;
  readonly is: (value: unknown) => value is T;
  /** What cannot be read is returned as it is, for the message to show. */
  readonly read: (text: string) => unknown;
  /** No message shows the value. */
  readonly isSecret?: boolean;
}

export const text: Kind<string> = {
  must: "a string that is not empty",
  is: (value): value is string => typeof value === "string" && value !== "",
  read: (given) => given,
};

export const secret: Kind<string> = {
  must: "printable ASCII characters without blanks",
  is: (value): value is string => typeof value === "string" && /^[\x21-\x7e]+$/.test(value),
  read: (given) => given,
  isSecret: true,
};

export const flag: Kind<boolean> = {
  must: "true or false",
  is: (value) => typeof value === "boolean",
  read: (given) => (/^(true|1|yes|on)$/i.test(given) ? true : /^(false|0|no|off)$/i.test(given) ? false : given),
};

export const spreadField: Kind<SpreadField> = {
  must: SPREAD_FIELD_RULE,
  is: isSpreadField,
  read: (given) => given,
};

export function whole(least: number, most = Number.MAX_SAFE_INTEGER): Kind<number> {
  return {
    must: most === Number.MAX_SAFE_INTEGER ? `a whole number >= ${least}` : `a whole number from ${least} to ${most}`,
    is: (value): value is number =>
      typeof value === "number" && Number.isInteger(value) && value >= least && value <= most,
    read: readNumber,
  };
}

export const seconds: Kind<number> = {
  must: "a number of seconds > 0",
  is: (value): value is number => typeof value === "number" && Number.isFinite(value) && value > 0,
  read: readNumber,
};

export function choice<const T extends string>(...values: readonly T[]): Kind<T> {
  return {
    must: `one of ${values.join(", ")}`,
    is: (value): value is T => values.some((known) => known === value),
    read: (given) => given,
  };
}

/** As `kind`, or switched off: `false`, and the words `off` and `false` in text. */
export function orOff<T>(kind: Kind<T>): Kind<T | false> {
  return {
    must: `${kind.must}, or off`,
    is: (value): value is T | false => value === false || kind.is(value),
    read: (given) => (/^(off|false)$/i.test(given) ? false : kind.read(given)),
    ...(kind.isSecret && { isSecret: true }),
  };
}

/** As `kind`, or left to the daemon: `auto`. */
export function orAuto<T>(kind: Kind<T>): Kind<T | "auto"> {
  return {
    must: `${kind.must}, or auto`,
    is: (value): value is T | "auto" => value === "auto" || kind.is(value),
    read: (given) => (/^auto$/i.test(given) ? "auto" : kind.read(given)),
  };
}

/** Any number of them, or none; in text separated by commas. */
export function listOf<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    must: `a list of which each is ${kind.must}`,
    is: (value): value is readonly T[] => Array.isArray(value) && value.every((one) => kind.is(one)),
    read: (given) => given.split(",").map((one) => kind.read(one.trim())),
  };
}

/** The name of a machine, without a port. */
export const hostName: Kind<string> = {
  must: "the name of a machine, without a port",
  is: (value): value is string => typeof value === "string" && /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/i.test(value),
  read: (given) => given,
};

/** An address, or all that begin with the same bits. */
export const network: Kind<string> = {
  must: "an IP address or a network such as 10.0.0.0/8",
  is: (value): value is string => {
    const [address = "", bits, ...rest] = typeof value === "string" ? value.split("/") : [];
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    return rest.length === 0 && most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
  },
  read: (given) => given,
};

/** `true`, `false`, or as `kind`; in text also `on` and `off`. */
export function onOffOr<T>(kind: Kind<T>): Kind<boolean | T> {
  return {
    must: `on, off, or ${kind.must}`,
    is: (value): value is boolean | T => typeof value === "boolean" || kind.is(value),
    read: (given) => (typeof flag.read(given) === "boolean" ? flag.read(given) : kind.read(given)),
  };
}

/** Where a page of a browser comes from. */
export const origin: Kind<string> = {
  must: "an origin such as https://dash.example.com",
  is: (value): value is string =>
    typeof value === "string" && /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value,
  read: (given) => given,
};

/** A number as JavaScript writes decimals: `-2`, `.5`, `1.5e-3`; otherwise the text itself. */
export function readNumber(given: string): unknown {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given.trim()) ? Number(given) : given;
}
