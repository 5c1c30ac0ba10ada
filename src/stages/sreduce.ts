import { Event } from "../core/event.ts";
import { aFunction, checkOption, type Rule } from "../core/option.ts";
import { type OnEvent, type Stage, type Start, show, stage } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

const anEvent: Rule = { must: "an event, made with event({ … })", test: (value) => value instanceof Event };

/**
 * Folds all events into one: each is combined with the accumulator, and the new accumulator is emitted.
 *
 * Emits once per event. Without `init` the first event becomes the accumulator and is not emitted. Holds one event;
 * only a restart resets it. Events without a metric and expired ones are combined like any other.
 *
 * Unlike Riemann's with `init`, it combines once per event, however many stages follow; unlike the first FastTS's, the
 * first event is not combined with itself.
 *
 * @param combine - Receives the accumulator and the event, and returns the new accumulator, which must be an event.
 * @param init - The accumulator to begin with. With it, the first event already emits.
 * @throws FastTsError `FTS_STAGE_OPTION` when `combine` is not a function or `init` is not an event; `FTS_STAGE_MISUSE`
 * at run time when `combine` returns something that is not an event.
 * @category Transform
 * @example
 * pipeline("highest so far", [sreduce((max, e) => ((e.metric ?? 0) > (max.metric ?? 0) ? e : max)), stdout()]);
 */
export function sreduce(combine: (accumulator: Event, event: Event) => Event, init?: Event): Stage {
  checkOption("sreduce", "combine", combine, aFunction);
  if (init !== undefined) checkOption("sreduce", "init", init, anEvent);
  const start: Start = ({ emit, state }) => {
    /** `null`: it is as in the beginning. */
    const own = state(() => ({ folded: null as Event | null }));
    const onEvent: OnEvent = (event) => {
      const accumulator = own.folded ?? init;
      if (accumulator === undefined) {
        own.folded = event;
        return;
      }
      const next = checked(combine(accumulator, event));
      own.folded = next === init ? null : next;
      emit(next);
    };
    return { onEvent, isInitial: () => own.folded === null };
  };
  return stage("sreduce", start, { memory: Number.POSITIVE_INFINITY, shape: [combine], keepsLast: true });
}

function checked(result: unknown): Event {
  if (result instanceof Event) return result;
  throw new FastTsError("FTS_STAGE_MISUSE", `sreduce(combine): must give an event, got ${show(result)}`);
}
