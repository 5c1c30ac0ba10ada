import { Event } from "../core/event.ts";
import { aFunction, checkOption } from "../core/option.ts";
import { described, type Stage, type Start, show } from "../core/stage.ts";
import { FastTsError } from "../errors.ts";

/**
 * Replaces each event or list of events with any number of events.
 *
 * Emits at once each event of the list that `change` returns, in its order, and holds nothing. An empty list or nothing
 * (`null`, `undefined`) drops the input. If `change` throws, the pipeline restarts. Not asynchronous, like `smap`.
 *
 * @param change - Called once per event or list, expired or not; returns a list of events, or nothing.
 * @throws FastTsError `FTS_STAGE_OPTION` when `change` is not a function; `FTS_STAGE_MISUSE` at run time when it
 * returns something else.
 * @category Transform
 * @example
 * pipeline("one event per tag", [
 *   smapcat((e) => e.tags.map((tag) => e.with({ service: `${e.service} ${tag}`, tags: [] }))),
 *   stdout(),
 * ]);
 */
export function smapcat<In = Event>(
  change: (value: In) => readonly Event[] | null | undefined,
): Stage<NoInfer<In>, Event> {
  checkOption("smapcat", "change", change, aFunction);
  const start: Start<In, Event> =
    ({ emit }) =>
    (value) => {
      const result = change(value);
      if (result === null || result === undefined) return;
      if (!Array.isArray(result)) throw misuse("must give a list of events or null", result);
      for (const event of result) {
        if (!(event instanceof Event)) throw misuse("must give nothing but events in its list", event);
        emit(event);
      }
    };
  return described("smapcat", start, { takes: "anything", memory: 0 });
}

function misuse(must: string, result: unknown): FastTsError {
  return new FastTsError("FTS_STAGE_MISUSE", `smapcat(change): ${must}, got ${show(result)}`);
}
