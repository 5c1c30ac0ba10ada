import { type Event, type EventFields, event } from "../../src/core/event.ts";
import fc from "../fast-check.ts";

/** Events that come together, so long after those before. */
export interface Moment {
  readonly gap: number;
  readonly events: readonly Event[];
}

export const HOSTS = ["a", "b", "c"];

const gap = fc.constantFrom(0, 0.1, 0.3, 1, 2, 4, 11, 25);
export const plainFields = fc.record({
  host: fc.constantFrom(...HOSTS),
  service: fc.constantFrom("x", "y"),
  state: fc.constantFrom("ok", "ok", "critical", "expired"),
  metric: fc.constantFrom(null, 0, 1, 2, -3),
  age: fc.constantFrom(0, 0, 0, 0.1, 1, 3, 4, 9, -1, -5),
  ttl: fc.constantFrom(null, null, 3, 20),
  tags: fc.constantFrom<string[][]>([], ["web", "latency"], ["reset"]),
});
export const weirdFields = fc.record({
  host: fc.constantFrom(null, "", "a", "\0"),
  service: fc.constantFrom(null, "", "x"),
  state: fc.constantFrom(null, "", "ok", "expired", "EXPIRED"),
  metric: fc.constantFrom(
    null,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    5e-324,
    1e308,
    -1e308,
  ),
  age: fc.constantFrom(0, 0, 0, 5, -5, 1e10, -1e10, 2 ** 63, -(2 ** 63), 1e308, -1e308),
  ttl: fc.constantFrom(null, 0, -5, Number.NaN, Number.POSITIVE_INFINITY, 1e308, 5e-324, 3),
  tags: fc.constantFrom<string[][]>([], [""], ["reset", "reset"]),
});

export interface Drawn extends EventFields {
  /** How much older than the clock. */
  readonly age: number;
}

/** Each event says in its attributes how many came before it. */
export function script(fields: fc.Arbitrary<Drawn>): fc.Arbitrary<readonly Moment[]> {
  const moments = fc.array(fc.record({ gap, drawn: fc.array(fields, { minLength: 1, maxLength: 6 }) }), {
    maxLength: 8,
  });
  return moments.map((list) => {
    let now = 0;
    let count = 0;
    return list.map(({ gap, drawn }) => {
      now += gap;
      const made = drawn.map(({ age, ...one }) =>
        event({ ...one, time: now - age, attributes: { n: String(count++) } }),
      );
      return { gap, events: made };
    });
  });
}
