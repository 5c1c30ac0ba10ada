/** The rule a value must keep, its words, and how text (a flag, a variable) becomes such a value. */
export interface Kind<T> {
  /** "must be …" */
  readonly must: string;
  readonly is: (value: unknown) => value is T;
  /** What cannot be read is returned as it is, for the message to show. */
  readonly read: (text: string) => unknown;
}

export const text: Kind<string> = {
  must: "a string that is not empty",
  is: (value): value is string => typeof value === "string" && value !== "",
  read: (given) => given,
};

export const flag: Kind<boolean> = {
  must: "true or false",
  is: (value) => typeof value === "boolean",
  read: (given) => (/^(true|1|yes|on)$/i.test(given) ? true : /^(false|0|no|off)$/i.test(given) ? false : given),
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
  };
}

/** A number as JavaScript writes decimals: `-2`, `.5`, `1.5e-3`; else what was given. */
export function readNumber(given: string): unknown {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given.trim()) ? Number(given) : given;
}
