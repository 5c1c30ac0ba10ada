import { didYouMean } from "../core/did-you-mean.ts";
import { FastTsError } from "../errors.ts";

/** Lists by name; reading one that does not exist throws. */
export type StrictRecord<Value> = Readonly<Record<string, Value>>;

/** @param what - What the names are names of: `sink`. */
export function strictRecord<Value>(what: string, values: Record<string, Value>): StrictRecord<Value> {
  return new Proxy(Object.assign(Object.create(null), values), {
    get(target, name) {
      // What looks at any object asks for these.
      if (typeof name === "symbol" || name in target || name === "then" || name === "toJSON") return target[name];
      const names = Object.keys(target);
      const meant = didYouMean(name, names);
      const hint = meant === null ? "" : `; did you mean ${meant}?`;
      const there = names.length === 0 ? "there is none" : `there is ${names.join(", ")}`;
      throw new FastTsError("FTS_TEST", `the routes have no ${what} ${JSON.stringify(name)}: ${there}${hint}`);
    },
  });
}
