import { taggedAll } from "./tagged-all.ts";

/**
 * Riemann's shorter name for {@link taggedAll}: passes events that have all of the tags, and drops the others.
 *
 * @category Route
 * @example
 * pipeline("production", [tagged("production"), stdout()]);
 */
export const tagged = taggedAll;
