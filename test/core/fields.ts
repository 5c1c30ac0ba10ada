import assert from "node:assert/strict";
import type { Event } from "../../src/core/event.ts";

/** What an event holds, as an object of its own. */
export function fieldsOf(event: Event | undefined) {
  assert.ok(event, "there is an event");
  const { host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat } = event;
  return { host, service, state, description, metric, time, ttl, tags, attributes, metricIsFloat };
}
