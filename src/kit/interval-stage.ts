import type { Event } from "../core/event.ts";
import { NOT_KEPT } from "../core/expiry.ts";
import { checkOption, duration } from "../core/option.ts";
import { type Context, type Stage, type Start, stage } from "../core/stage.ts";
import { type AlignOptions, anchorOf, ClockWindows, checkAlign } from "./clock-windows.ts";

/** What a stage holds of the events of one window. */
export interface Bin {
  /** False when there is no room. What it holds is part of the state: it says so to the context. */
  add(event: Event, metric: number): boolean;
  /** What it had to make room for besides events, bytes; that never gets less. @default nothing */
  readonly bytes?: number;
  /** What they come to at the window's end, nothing when there were none; empties it. */
  take(end: number): readonly Event[];
}

/**
 * A stage that gathers the events of each window in a bin, and emits the bin's result at the window's end. Windows go
 * by the clock, the first from the first event on. An event that says `expired` ends the series: then, and at a stop,
 * the unfinished window is emitted. Events whose metric is not a finite number are ignored.
 *
 * @param shape - What else of the options shapes the state.
 */
export function intervalStage(
  name: string,
  interval: number,
  options: AlignOptions,
  shape: readonly unknown[],
  makeBin: (context: Context) => Bin,
): Stage {
  checkOption(name, "interval", interval, duration);
  checkAlign(name, options);
  const start: Start = (context) => {
    const { clock, emit } = context;
    const bin = makeBin(context);
    const windows = new ClockWindows(context, interval, anchorOf(options, null), close);

    let bytes = 0;
    report();

    function report(): void {
      if (bin.bytes === undefined || bin.bytes <= bytes) return;
      context.held(bin.bytes - bytes);
      bytes = bin.bytes;
    }

    function close(end: number): void {
      const taken = bin.take(end);
      report();
      for (const event of taken) emit(event);
    }

    function finish(): void {
      windows.stop();
      close(clock.now());
    }

    return {
      onEvent: (event) => {
        if (event.state === "expired") return finish();
        if (event.metric === null || !Number.isFinite(event.metric)) return;
        windows.open();
        if (!bin.add(event, event.metric)) context.dropped(1, "overflow");
      },
      flush: finish,
    };
  };
  return stage(name, start, {
    memory: interval,
    changes: ["service", ...NOT_KEPT],
    shape: [interval, options.align, shape],
    keepsLast: true,
  });
}
