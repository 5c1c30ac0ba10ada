import type { Event } from "../core/event.ts";
import { shortestFloat } from "../core/float.ts";
import { attributeName } from "../kit/field-values.ts";
import type { Literal, Path } from "./syntax.ts";

/** Looks up a field or an attribute of an event; a missing one is `null`. */
export type Read = (event: Event) => Literal | readonly string[];

// Numbers as they are printed: the float nearest to 0.1 is found by `ttl = 0.1`.
const FIELDS = {
  host: (event) => event.host,
  service: (event) => event.service,
  state: (event) => event.state,
  description: (event) => event.description,
  metric: ({ metric, metricIsFloat }) => (metricIsFloat && metric !== null ? shortestFloat(metric) : metric),
  time: (event) => event.time,
  ttl: ({ ttl }) => (ttl === null ? null : shortestFloat(ttl)),
  tags: ({ tags }) => (tags.length === 0 ? null : tags),
} as const satisfies Record<string, Read>;

/** What a name in a query points at: the field of that name, otherwise the attribute. */
export function pathOf(name: string): Path {
  if (isField(name)) return name;
  return isAttribute(name) ? name : `attributes.${name}`;
}

/** Compiles a path. */
export function compileRead(path: Path): Read {
  if (isField(path)) return FIELDS[path];
  const name = attributeName(path) ?? "";
  return ({ attributes }) => {
    const value: unknown = attributes[name];
    return typeof value === "string" ? value : null; // `constructor` is something that every object has
  };
}

function isField(name: string): name is keyof typeof FIELDS {
  return Object.hasOwn(FIELDS, name);
}

function isAttribute(name: string): name is `attributes.${string}` {
  return attributeName(name) !== null;
}
