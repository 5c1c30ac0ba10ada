import type { Event } from "../core/event.ts";

/** Whether an event is a point of a graph: its metric is a finite number. */
export function hasPoint({ metric }: Event): boolean {
  return metric !== null && Number.isFinite(metric);
}
