import type { Event } from "../core/event.ts";
import type { Samples, Series, SeriesTable } from "./series-table.ts";

interface Gathered extends Samples {
  readonly times: number[];
  readonly values: (number | null)[];
  readonly events: number[];
}

/**
 * Deals the events to their series, each in the order of time with one sample a millisecond, the last one: what a target
 * of remote write takes. `late` are the events that it would not take: those as old as what their series was sent before,
 * or older.
 */
export function arrange(events: readonly Event[], table: SeriesTable): { all: readonly Samples[]; late: number[] } {
  const all: Gathered[] = [];
  const late: number[] = [];
  const gatheredOf = (series: Series): Gathered => {
    const samples = { series, times: [], values: [], events: [] };
    series.samples = samples;
    all.push(samples);
    return samples;
  };
  for (let index = 0; index < events.length; index++) {
    const event = events[index] as Event;
    const series = table.of(event);
    const ms = Math.round(event.time * 1000);
    if (ms <= series.sent) late.push(index);
    else insert((series.samples as Gathered | null) ?? gatheredOf(series), ms, event, index, late);
  }
  for (const { series } of all) series.samples = null;
  return { all, late };
}

function insert({ times, values, events }: Gathered, ms: number, event: Event, index: number, late: number[]): void {
  const value = event.state === "expired" ? null : event.metric;
  let at = times.length;
  while (at > 0 && (times[at - 1] ?? 0) >= ms) at--;
  if (at === times.length) {
    times.push(ms);
    values.push(value);
    events.push(index);
    return;
  }
  const replaced = times[at] === ms ? 1 : 0;
  if (replaced === 1) late.push(events[at] ?? index);
  times.splice(at, replaced, ms);
  values.splice(at, replaced, value);
  events.splice(at, replaced, index);
}

/**
 * Samples as two parts, of which each holds series as a whole, or the earlier and the later samples of one: what is left of
 * a series is never older than what was sent. Of one sample there is nothing to divide.
 */
export function halves(all: readonly Samples[]): (readonly Samples[])[] {
  const [first] = all;
  if (first === undefined || (all.length === 1 && first.times.length === 1)) return [];
  if (all.length === 1) {
    const middle = first.times.length >> 1;
    return [[slice(first, 0, middle)], [slice(first, middle)]];
  }
  const middle = all.length >> 1;
  return [all.slice(0, middle), all.slice(middle)];
}

function slice({ series, times, values, events }: Samples, from: number, to?: number): Samples {
  return { series, times: times.slice(from, to), values: values.slice(from, to), events: events.slice(from, to) };
}
