import { type Context, type Handler, type OnEvent, show } from "../core/stage.ts";
import { coerceError, FastTsError } from "../errors.ts";
import type { Place } from "./layout.ts";

/** Starts a stage and makes sure that it gave what it must; its throw names the place. */
export function startStage(place: Place, context: Context<unknown>): OnEvent<never> | Handler<never> {
  let handler: OnEvent<never> | Handler<never>;
  try {
    handler = place.stage.start(context);
  } catch (thrown) {
    const cause = coerceError(thrown);
    throw new FastTsError("FTS_STAGE_THREW", `${place.name} threw while it started: ${cause.message}`, { cause });
  }
  if (typeof handler === "function") return handler;
  if (typeof handler === "object" && handler !== null && typeof handler.onEvent === "function") return handler;
  throw new FastTsError(
    "FTS_STAGE_MISUSE",
    `${place.name}: start must return a function or { onEvent }, got ${show(handler)}`,
  );
}
