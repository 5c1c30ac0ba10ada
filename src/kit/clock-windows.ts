import type { Clock } from "../core/clock.ts";
import { checkOption, type Rule } from "../core/option.ts";
import type { Context } from "../core/stage.ts";
import { type Alarm, numberOf, type Plain, type Savable } from "../core/state.ts";
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
 * Windows of equal length on the clock, one after the other without a gap. Only an open window has an alarm: a stage
 * opens one when it has something to emit at its end.
 */
export class ClockWindows implements Savable {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #fixed: number | null;
  readonly #close: (end: number, elapsed: number) => void;
  readonly #alarm: Alarm;
  #anchor: number | null;

  /**
   * @param anchor - A time at which a window begins; `null`: when the first one is opened.
   * @param close - Called at a window's end with that time, by `now` and by `elapsed`, rather than with that of an alarm that
   * comes late.
   */
  constructor(
    { clock, alarm, keeps }: Pick<Context, "alarm" | "clock" | "keeps">,
    interval: number,
    anchor: number | null,
    close: (end: number, elapsed: number) => void,
  ) {
    this.#clock = clock;
    this.#interval = interval;
    this.#fixed = anchor;
    this.#anchor = anchor;
    this.#close = close;
    this.#alarm = alarm((end) => this.onEnd(end));
    keeps(this);
  }

  save(): Plain {
    return this.#anchor;
  }

  restore(saved: Plain): void {
    this.#anchor = saved === null ? null : numberOf(saved);
  }

  /** Opens the window of now, unless it is open. */
  open(): void {
    if (this.#alarm.at !== Number.POSITIVE_INFINITY) return;
    const now = this.#clock.now();
    this.#anchor ??= now;
    this.#alarm.set(nextTick(this.#anchor, this.#interval, now));
  }

  /** Ends the series of windows without a call: unless there is an anchor, the next window opened is a first one. */
  stop(): void {
    this.#alarm.clear();
    this.#anchor = this.#fixed;
  }

  private onEnd(end: number): void {
    const [left, elapsed] = [end - this.#clock.now(), this.#clock.elapsed()];
    // Delays know nothing of a clock that is being slewed: a little early would leave a splinter of a window. When
    // much is left, it was set back, and the window has been as long as it should.
    if (left > 0 && left < this.#interval / 2) this.#alarm.set(end);
    // What is a window late or more is so as the clock was set, or as time went by that does not count.
    else this.#close(end, left > -this.#interval ? elapsed + Math.min(0, left) : elapsed);
  }
}
