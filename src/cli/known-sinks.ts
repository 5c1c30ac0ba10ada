import { didYouMean } from "../core/did-you-mean.ts";
import { FastTsError } from "../errors.ts";

/** Throws `FTS_OPTION` unless the routes have a sink of that name. */
export function checkSinkName(name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const meant = didYouMean(name, names);
  const hint = meant === null ? "" : `; did you mean ${meant}?`;
  const there = names.length === 0 ? "there is none" : `there is ${names.join(", ")}`;
  throw new FastTsError("FTS_OPTION", `--sink: the routes have no sink ${JSON.stringify(name)}: ${there}${hint}`);
}
