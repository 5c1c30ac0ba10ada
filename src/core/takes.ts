import type { Event } from "./event.ts";

/** What a stage takes: each value that reaches it is checked, unless it takes anything. */
export type Takes = "events" | "lists" | "either" | "anything";

/** What a stage that takes `In` must say: `"anything"` may be said by all. */
export type TakesOf<In> = [In] extends [Event]
  ? "events" | "anything"
  : [In] extends [readonly (Event | null)[]]
    ? "lists" | "anything"
    : [In] extends [Event | readonly (Event | null)[]]
      ? "either" | "anything"
      : "anything";
