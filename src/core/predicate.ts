import { FastTsError } from "../errors.ts";
import type { Event } from "./event.ts";
import { show } from "./stage.ts";

/** A yes or no about an event; nothing (`e.service?.startsWith("api")` for an event without a service) is a no. */
export type Predicate = (event: Event) => boolean | null | undefined;

/**
 * What a predicate's answer means when it is not `true` itself: JavaScript's truth, except that an object is refused. A
 * promise is always true, so an `async` predicate would let everything pass.
 *
 * @throws FastTsError `FTS_STAGE_MISUSE` when the answer is an object or a function.
 */
export function isYes(where: string, answer: unknown): boolean {
  if ((typeof answer === "object" && answer !== null) || typeof answer === "function")
    throw new FastTsError(
      "FTS_STAGE_MISUSE",
      `${where}: must give true or false, got ${show(answer)}; ` +
        "to wait for an answer use map(async (event) => …), which drops on null",
    );
  return Boolean(answer);
}
