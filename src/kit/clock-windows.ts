import type { Cancel, Clock } from "../core/clock.ts";
import { checkOption, type Rule } from "../core/option.ts";
import { windowIndex, windowStart } from "./window-edges.ts";

/** Where a stage's windows begin and end. */
export interface AlignOptions {
  /**
   * `"clock"`: at whole multiples of their length since 1970, so that those of all keys, pipelines and hosts coincide;
   * the first window is then a shorter one. Left out, the stage's own rule holds.
   */
  readonly align?: "clock";
}

const toTheClock: Rule = { must: '"clock", or left out', test: (align) => align === undefined || align === "clock" };

/** Throws `FTS_STAGE_OPTION` on an invalid alignment. */
export function checkAlign(stage: string, { align }: AlignOptions): void {
  checkOption(stage, "align", align, toTheClock);
}

/** A time at which a window begins: by the clock when so aligned, else where the stage's own rule says. */
export function anchorOf<Own extends number | null>({ align }: AlignOptions, own: Own): Own | 0 {
  return align === "clock" ? 0 : own;
}

/** The first of the times `anchor + k · interval` that is later than `now`. */
export function nextTick(anchor: number, interval: number, now: number): number {
  return windowStart(anchor, interval, windowIndex(anchor, interval, now) + 1);
}

/**
 * Windows of equal length on the clock, one after the other without a gap. Only an open window has a timer: a stage
 * opens one when it has something to emit at its end.
 */
export class ClockWindows {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #fixed: number | null;
  readonly #close: (end: number) => void;
  #anchor: number | null;
  #cancel: Cancel | null = null;

  /**
   * @param anchor - A time at which a window begins; `null`: when the first one is opened.
   * @param close - Called at a window's end with that time, rather than with that of a timer that comes late.
   */
  constructor(clock: Clock, interval: number, anchor: number | null, close: (end: number) => void) {
    this.#clock = clock;
    this.#interval = interval;
    this.#fixed = anchor;
    this.#anchor = anchor;
    this.#close = close;
  }

  /** Opens the window of now, unless it is open. */
  open(): void {
    if (this.#cancel !== null) return;
    const now = this.#clock.now();
    this.#anchor ??= now;
    this.#wait(nextTick(this.#anchor, this.#interval, now), now);
  }

  /** Ends the series of windows without a call: unless there is an anchor, the next window opened is a first one. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#anchor = this.#fixed;
  }

  #wait(end: number, now: number): void {
    // Rounded down: the end must not come after an event of that very time, which is in the next window.
    const seconds = now + (end - now) > end ? (end - now) * (1 - Number.EPSILON) : end - now;
    this.#cancel = this.#clock.after(seconds, () => {
      const later = this.#clock.now();
      const left = end - later;
      // Delays know nothing of a clock that is being slewed: a little early would leave a splinter of a window. When
      // much is left, it was set back, and the window has been as long as it should.
      if (left > 0 && left < this.#interval / 2) return this.#wait(end, later);
      this.#cancel = null;
      this.#close(end);
    });
  }
}
