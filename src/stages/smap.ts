import type { Event } from "../core/event.ts";
import { aFunction, checkOption } from "../core/option.ts";
import { described, type Stage, type Start, show } from "../core/stage.ts";
import { changingWith } from "../core/stateless.ts";
import { FastTsError } from "../errors.ts";

/**
 * Replaces each event or list of events with the result of `change`; nothing (`null`, `undefined`) drops it.
 *
 * Riemann's name for the general case. After a window, `change` takes lists, and says so by the type of its parameter.
 * `map` is for one event after another, and may be asynchronous; this one may not. Emits at once and holds nothing. If
 * `change` throws, the pipeline restarts.
 *
 * @param change - Called once per event or list, expired or not; returns an event, a list, or nothing.
 * @throws FastTsError `FTS_STAGE_OPTION` when `change` is not a function; `FTS_STAGE_MISUSE` at run time when it
 * returns something else, such as a promise.
 * @category Transform
 * @example
 * pipeline("the newest of each host", [
 *   by("host", [smap((e) => [e]), smap((events: readonly Event[]) => events.at(-1))]),
 *   stdout(),
 * ]);
 */
export function smap<In = Event, Out extends Event | readonly unknown[] = Event>(
  change: (value: In) => Out | null | undefined,
): Stage<NoInfer<In>, NoInfer<Out>> {
  checkOption("smap", "change", change, aFunction);
  const start: Start<In, Out> = ({ emit }) =>
    changingWith(change, (result) => {
      if (Array.isArray(result)) emit(result);
      else if (result !== null && result !== undefined) throw notAValue(result);
    });
  return described("smap", start, { takes: "anything", memory: 0 });
}

function notAValue(result: unknown): FastTsError {
  return new FastTsError(
    "FTS_STAGE_MISUSE",
    `smap(change): must give an event, a list or null, got ${show(result)}; ` +
      "event({ … }) and e.with({ … }) make an event, and map waits for a promise",
  );
}
