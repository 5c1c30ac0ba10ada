import { type Context, show } from "../core/stage.ts";
import { coerceError, FastTsError } from "../errors.ts";
import type { Work } from "./door.ts";
import type { Place } from "./layout.ts";

/** Starts a stage and makes sure that it gave what it must; its throw names the place. */
export function startStage(place: Place, context: Context<unknown>): Work {
  let work: Work;
  try {
    work = place.stage.start(context);
  } catch (thrown) {
    const cause = coerceError(thrown);
    throw new FastTsError("FTS_STAGE_THREW", `${place.name} threw while it started: ${cause.message}`, { cause });
  }
  if (typeof work === "function") return work;
  if (typeof work === "object" && work !== null) {
    if ("onEvent" in work ? typeof work.onEvent === "function" : ["passing", "changing"].includes(work.kind))
      return work;
  }
  throw new FastTsError(
    "FTS_STAGE_MISUSE",
    `${place.name}: start must return a function or { onEvent }, got ${show(work)}`,
  );
}
