import { Event } from "./event.ts";
import type { Fate, Outlet } from "./stage.ts";

/** An outlet that takes lists event by event. */
export function eachEvent(take: (event: Event) => Fate): Outlet {
  return (value) => {
    if (value instanceof Event) return take(value);
    const waiting = value.map(take).filter((fate) => fate !== null);
    if (waiting.length === 0) return null;
    return Promise.all(waiting).then((reasons) => reasons.find((reason) => reason !== null) ?? null);
  };
}
