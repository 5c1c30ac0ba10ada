import { Event, newEvent } from "./event.ts";
import type { EventOrList } from "./event-list.ts";

/** An event as plain data, which crosses threads: the arguments of {@link newEvent}. */
export type EventCopy = Parameters<typeof newEvent>;

/** An event, or a list, as plain data. */
export type Copy = { readonly event: EventCopy } | { readonly list: readonly EventCopy[] };

export function copyOf(value: EventOrList): Copy {
  return value instanceof Event ? { event: copyOfEvent(value) } : { list: value.map(copyOfEvent) };
}

export function fromCopy(copy: Copy): EventOrList {
  return "event" in copy ? newEvent(...copy.event) : copy.list.map((one) => newEvent(...one));
}

function copyOfEvent(event: Event): EventCopy {
  const { host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat } = event;
  return [host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat];
}
