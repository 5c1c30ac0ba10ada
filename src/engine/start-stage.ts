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
    throw at(error, cause, place.stage.site);
  }
  if (typeof work === "function") return work;
  if (typeof work === "object" && work !== null) {
    if ("onEvent" in work ? typeof work.onEvent === "function" : ["passing", "changing"].includes(work.kind))
      return work;
  }
  const message = `${place.name}: start must return a function or { onEvent }, got ${show(work)}`;
  throw at(new FastTsError("FTS_STAGE_MISUSE", message), place.stage.site);
}

/** The error with the frames of these stacks in place of its own: they lead to the user's lines. */
function at(error: FastTsError, ...stacks: readonly { readonly stack?: string }[]): FastTsError {
  const frames = stacks.flatMap(({ stack = "" }) => stack.match(/^ +at .*$/gm) ?? []);
  error.stack = [`${error.name}: ${error.message}`, ...frames].join("\n");
  return error;
}
