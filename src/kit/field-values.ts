import { type Attributes, type Event, NO_ATTRIBUTES, NO_TAGS } from "../core/event.ts";
import { show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/** What stages that change events may name: each field, and each attribute. */
export interface FieldValues {
  readonly host: string | null;
  readonly service: string | null;
  readonly state: string | null;
  readonly description: string | null;
  readonly metric: number | null;
  readonly time: number;
  readonly ttl: number | null;
  readonly tags: readonly string[];
  /** All attributes at once. */
  readonly attributes: Attributes;
  /** One attribute, by its name: `"attributes.zone"`. */
  readonly [attribute: AttributePath]: string | null;
}

/** One attribute, by its name: `"attributes.zone"`. */
export type AttributePath = `attributes.${string}`;

/** A field or an attribute, by its name. */
export type FieldPath = keyof FieldValues;

/** A field that holds text, or an attribute. */
export type TextPath = "host" | "service" | "state" | "description" | AttributePath;

/** What a function may return for a value; where nothing is allowed, `undefined` counts as `null`. */
export type GivenValue<Value> = null extends Value ? Value | undefined : Value;

/** Looks something up, which is yet to be checked when it comes from a function of the user. */
export type Read = (event: Event) => unknown;

/** What a field holds: the words for a message, the test, and what stands for nothing; there is always a time. */
export interface Kind<Value> {
  readonly must: string;
  readonly test: (value: unknown) => value is Value;
  readonly nothing?: Value;
}

export const TEXT: Kind<string | null> = {
  must: "a string or null",
  nothing: null,
  test: (value) => value === null || typeof value === "string",
};
export const NUMBER: Kind<number | null> = {
  must: "a number or null",
  nothing: null,
  test: (value) => value === null || typeof value === "number",
};
export const TIME: Kind<number> = { must: "a finite number", test: (value): value is number => Number.isFinite(value) };
export const TAGS: Kind<readonly string[]> = {
  must: "a list of strings",
  nothing: NO_TAGS,
  test: (value): value is readonly string[] => Array.isArray(value) && value.every((tag) => typeof tag === "string"),
};
export const ATTRIBUTES: Kind<Attributes> = {
  must: "an object of strings",
  nothing: NO_ATTRIBUTES,
  test: (value): value is Attributes =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one) => typeof one === "string"),
};

const FIELDS = {
  host: { kind: TEXT, read: (event) => event.host },
  service: { kind: TEXT, read: (event) => event.service },
  state: { kind: TEXT, read: (event) => event.state },
  description: { kind: TEXT, read: (event) => event.description },
  metric: { kind: NUMBER, read: (event) => event.metric },
  time: { kind: TIME, read: (event) => event.time },
  ttl: { kind: NUMBER, read: (event) => event.ttl },
  tags: { kind: TAGS, read: (event) => event.tags },
  attributes: { kind: ATTRIBUTES, read: (event) => event.attributes },
} as const satisfies Record<string, { kind: Kind<unknown>; read: Read }>;

/** A field or an attribute by its name: what it holds, and how to look it up; nothing is `null`. */
export interface FoundField {
  readonly kind: Kind<unknown>;
  readonly read: Read;
}

/** Finds what `path` names, unless it is one of `except`; `where` (`keep(paths)`) begins the message. */
export function findField(where: string, path: unknown, except: readonly string[] = []): FoundField {
  if (typeof path === "string") {
    if (isField(path) && !except.includes(path)) return FIELDS[path];
    const name = attributeName(path);
    if (name) return { kind: TEXT, read: (event) => event.attributes[name] ?? null };
  }
  const known = Object.keys(FIELDS).filter((field) => !except.includes(field));
  throw new FastTsError(
    "FTS_STAGE_OPTION",
    `${where}: must name one of ${known.join(", ")} or attributes.NAME, got ${show(path)}`,
  );
}

/** One path or a list of them, as a list. */
export function pathList(paths: unknown): readonly unknown[] {
  return Array.isArray(paths) ? paths : [paths];
}

/** The name of an attribute in its path; `null` for a field. */
export function attributeName(path: string): string | null {
  return path.startsWith(PREFIX) ? path.slice(PREFIX.length) : null;
}

const PREFIX = "attributes.";

function isField(path: string): path is keyof typeof FIELDS {
  return Object.hasOwn(FIELDS, path);
}
