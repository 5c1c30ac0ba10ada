import { Event, type EventOrList } from "./event.ts";

/** An event as plain data, which crosses threads: the arguments of its constructor. */
export type EventCopy = ConstructorParameters<typeof Event>;

/** An event, or a list, as plain data. */
export type Copy = { readonly event: EventCopy } | { readonly list: readonly EventCopy[] };

export function copyOf(value: EventOrList): Copy {
  return value instanceof Event ? { event: copyOfEvent(value) } : { list: value.map(copyOfEvent) };
}

export function fromCopy(copy: Copy): EventOrList {
  return "event" in copy ? new Event(...copy.event) : copy.list.map((one) => new Event(...one));
}

function copyOfEvent(event: Event): EventCopy {
  const { host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat } = event;
  return [host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat, 0];
}
