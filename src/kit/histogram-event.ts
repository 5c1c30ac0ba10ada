import { type Attributes, type Event, NO_ATTRIBUTES } from "../core/event.ts";
import { LogLinearHistogram } from "./log-linear-histogram.ts";

/** The attribute in which an event says what others it stands for. */
const ATTRIBUTE = "histogram";

/** Adds an event to a histogram: its metric, or all metrics that it stands for when it was made by {@link asEvent}. */
export function addCounted(histogram: LogLinearHistogram, { attributes }: Event, metric: number): void {
  const text = attributes === NO_ATTRIBUTES ? undefined : attributes[ATTRIBUTE];
  const counted = text === undefined ? null : LogLinearHistogram.fromText(text);
  if (counted === null) histogram.add(metric);
  else histogram.merge(counted);
}

/** An event without its histogram of others: a percentile of them stands for itself. */
export function uncounted(event: Event): Event {
  if (event.attributes[ATTRIBUTE] === undefined) return event;
  const { [ATTRIBUTE]: _, ...attributes } = event.attributes;
  return event.with({ attributes: Object.freeze({ __proto__: null as never, ...attributes }) });
}

/** One event for all that a histogram counted, made like `pattern`: their number, and in an attribute the rest. */
export function asEvent(histogram: LogLinearHistogram, pattern: Event, time: number): Event {
  const attributes: Attributes = { __proto__: null as never, ...pattern.attributes, [ATTRIBUTE]: histogram.toText() };
  return pattern.with({ metric: histogram.count, time, attributes: Object.freeze(attributes) });
}
