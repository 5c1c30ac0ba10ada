import type { Event } from "./event.ts";

/**
 * What a stage takes, checked for each value that reaches it: `"events"`, `"lists"` of events, `"either"`, or `"any"`
 * value, which is not checked.
 */
export type Takes = "events" | "lists" | "either" | "any";

/** What a stage that takes `In` must say: `any` may be said by all. */
export type TakesOf<In> = [In] extends [Event]
  ? "events" | "any"
  : [In] extends [readonly (Event | null)[]]
    ? "lists" | "any"
    : [In] extends [Event | readonly (Event | null)[]]
      ? "either" | "any"
      : "any";
