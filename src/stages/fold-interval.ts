import type { Fold } from "../core/fold.ts";
import { aFunction, atLeastOne, checkKeys, checkOption, duration } from "../core/option.ts";
import { type Stage, type Start, stage } from "../core/stage.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "../kit/clock-windows.ts";
import { eachFolded } from "../kit/folding.ts";
import { HeldEvents } from "../kit/held-events.ts";

/** When the windows of a `foldInterval` begin, and how much it holds. */
export interface FoldIntervalOptions extends AlignOptions {
  /** How many events of a window are held; a whole number >= 1. @default 10_000 */
  readonly max?: number;
}

/**
 * Makes one event of each window's events: any statistic that one of the `folds`, or a function of your own, can
 * compute.
 *
 * At the end of each window that had events, emits the result of `fold` with `time` replaced by the window's end: an
 * event, each of several events, or nothing for `null`. Holds the events of a window, at most `max`; further ones are
 * dropped and counted as `overflow`. Windows go by the clock, not by the events' times; the first starts with the first
 * event. An event that says `expired` is not folded: it ends the series. Then, and at a stop, the unfinished window is
 * emitted at once. Events without a metric are handed to `fold` like any other.
 *
 * Unlike Riemann's, it folds events, not values, so any `fold` works; and a window without events yields nothing rather
 * than an event without host and service: put a `fillIn` after it to say what silence means.
 *
 * @param interval - Window length, seconds, >= 0.001.
 * @param fold - One of `folds`, or a function of the events in their order of arrival; it also receives the window's
 * end.
 * @throws FastTsError `FTS_STAGE_OPTION` when `interval` is not a number >= 0.001, `fold` is not a function, or an
 * option is wrong; `FTS_STAGE_MISUSE` at run time when `fold` returns something that is not an event.
 * @category Rates and statistics
 * @example
 * const hosts = (events: readonly Event[]) => new Set(events.map((e) => e.host)).size;
 * pipeline("hosts seen in a minute", [
 *   foldInterval(60, (events) => events[0]?.with({ host: null, service: "hosts", metric: hosts(events) })),
 *   stdout(),
 * ]);
 */
export function foldInterval(interval: number, fold: Fold, options: FoldIntervalOptions = {}): Stage {
  checkOption("foldInterval", "interval", interval, duration);
  checkOption("foldInterval", "fold", fold, aFunction);
  checkKeys("foldInterval", options, ["max", "align"]);
  const { max = 10_000 } = options;
  checkOption("foldInterval", "max", max, atLeastOne);
  checkAlign("foldInterval", options);
  const start: Start = (context) => {
    const { clock, emit } = context;
    const held = new HeldEvents(context);
    const windows = new ClockWindows(context, interval, anchorOf(options, null), close);

    function close(end: number): void {
      if (held.length === 0) return;
      eachFolded("foldInterval", (event) => emit(event.with({ time: end })))(fold(held.take(), end));
    }

    function finish(): void {
      windows.stop();
      close(clock.now());
    }

    return {
      onEvent: (event) => {
        if (event.state === "expired") return finish();
        windows.open();
        if (held.length < max) held.push(event);
        else context.dropped(1, "overflow");
      },
      flush: finish,
    };
  };
  return stage("foldInterval", start, { memory: interval, shape: [interval, options.align] });
}
