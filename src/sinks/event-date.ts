import type { Event } from "../core/event.ts";
import { DeliveryFailure } from "../delivery/failure.ts";

/** The years 1 to 9999, which ISO 8601 writes with four digits: Unix seconds. */
export const [MIN_DATE_SECONDS, MAX_DATE_SECONDS] = [-62_135_596_800, 253_402_300_799] as const;

/** @throws DeliveryFailure with `"refused"` unless the time of the event is one that the target can be told. */
export function checkTime({ time }: Event, from: number = MIN_DATE_SECONDS, to: number = MAX_DATE_SECONDS): void {
  if (time >= from && time <= to) return;
  const why = `the time of the event, ${time} s, is beyond what the target can be told`;
  throw new DeliveryFailure("refused", why, { answer: why });
}

/** The time of an event in ISO 8601, to the millisecond. @throws DeliveryFailure with `"refused"` when it has none */
export function dateOf(event: Event): string {
  checkTime(event);
  return new Date(event.time * 1000).toISOString();
}
