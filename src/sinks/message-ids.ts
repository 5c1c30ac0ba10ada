import { randomUUID } from "node:crypto";
import type { Event } from "../core/event.ts";

/** Gives each event an id that stays the same when it is sent again, so that who receives it can tell a copy. */
export function messageIds(): (event: Event) => string {
  const ids = new WeakMap<Event, string>();
  return (event) => {
    const id = ids.get(event) ?? randomUUID();
    ids.set(event, id);
    return id;
  };
}
