import { type Context, show } from "../core/stage.ts";
import { coerceError, FastTsError } from "../errors.ts";
import type { Work } from "./dispatch.ts";
import type { StagePosition } from "./layout.ts";

/** Starts a stage and makes sure that it gave what it must; its throw names the place. */
export function startStage(place: StagePosition, context: Context<unknown>): Work {
  let work: Work;
  try {
    work = place.stage.start(context);
  } catch (thrown) {
    const cause = coerceError(thrown);
    const error = new FastTsError("FTS_STAGE_THREW", `${place.name} threw while it started: ${cause.message}`, {
      cause,
    });
    const [frames] = /^ +at [\s\S]*/m.exec(cause.stack ?? "") ?? [];
    if (frames !== undefined) error.stack = `${error.name}: ${error.message}\n${frames}`; // the user's line, not this one
    throw error;
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
