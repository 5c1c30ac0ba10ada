import { type Event, weigh } from "../core/event.ts";
import type { Context, Forgetful, Handler } from "../core/stage.ts";
import { type Alarm, eventOf, listOf, numberOf, type Plain, type Savable } from "../core/state.ts";
import { weighAll } from "../core/weigh.ts";
import { type AnyWindowOptions, startLate } from "./time-window-options.ts";
import { sumOf, windowIndex, windowStart } from "./window-edges.ts";

type List = readonly Event[];

const EMPTY: List = Object.freeze([]);

interface OpenWindow {
  readonly events: Event[];
  bytes: number;
}

/** Seconds from 1970 to where calendars of computers end (ECMAScript's): a time beyond is a slip, and sets no windows. */
const LAST_TIME = 8.64e12;

/**
 * Windows of event time in a row, each `length` seconds from `origin + i * length`; without an origin the first event's
 * time is one. A window is open until the watermark, the latest time known, passes its end and the grace. So several
 * may be open; each is emitted once, in order, with an empty list for one that had no event.
 */
export class TimeWindows implements Handler, Forgetful, Savable {
  readonly #context: Context<List>;
  readonly #length: number;
  readonly #grace: number;
  readonly #max: number;
  readonly #maxEmpty: number;
  readonly #late: (event: Event) => void;
  readonly #give: (window: List) => void;
  #origin: number | null;
  /** The open windows that have events, by their index. */
  readonly #windows = new Map<number, OpenWindow>();
  #held = 0;
  readonly #report: Context["held"];
  /** The first open window: earlier ones are closed, and events for them are late. */
  #open = Number.NEGATIVE_INFINITY;
  #watermark = Number.NEGATIVE_INFINITY;
  /** The window after the last one emitted; `null` before there was one. */
  #next: number | null = null;
  /** The window that the alarm will close. */
  #timed = Number.POSITIVE_INFINITY;
  /** `null`: windows do not end by the clock. */
  readonly #alarm: Alarm | null;

  constructor(
    context: Context<List>,
    length: number,
    origin: number | null,
    options: AnyWindowOptions,
    give = context.emit,
  ) {
    this.#context = context;
    this.#length = length;
    this.#origin = origin;
    this.#grace = options.grace ?? 0;
    this.#max = options.max ?? 100_000;
    this.#maxEmpty = options.maxEmpty ?? 1000;
    this.#late = startLate(context, options);
    this.#give = give;
    this.#report = context.held;
    context.forgets(this);
    this.#alarm = options.flush === "clock" ? context.alarm((end) => this.#onEnd(end)) : null;
    context.keeps(this);
  }

  /** Of itself, then of each window that has events its index and these. */
  save(): Plain {
    const windows = [...this.#windows].flatMap(([index, { events }]) => [index, events]);
    return [this.#origin, this.#open, this.#watermark, this.#next, this.#timed, ...windows];
  }

  restore(saved: Plain): void {
    const [origin, open, watermark, next, timed, ...windows] = listOf(saved);
    this.#origin = origin === null ? null : numberOf(origin);
    this.#open = numberOf(open);
    this.#watermark = numberOf(watermark);
    this.#next = next === null ? null : numberOf(next);
    this.#timed = numberOf(timed);
    for (let at = 0; at < windows.length; at += 2) {
      const events = listOf(windows[at + 1]).map(eventOf);
      const bytes = weighAll(events);
      this.#windows.set(numberOf(windows[at]), { events, bytes });
      this.#held += events.length;
      this.#report(bytes);
    }
  }

  onEvent(event: Event): void {
    const { clock } = this.#context;
    const time = clock.timeOf(event);
    if (!(Math.abs(time) <= LAST_TIME)) return this.#late(event);
    this.#origin ??= time;
    const origin = this.#origin;
    const index = windowIndex(origin, this.#length, time);
    if (!Number.isSafeInteger(index)) return this.#late(event); // the window after it would be itself
    if (this.#watermark > clock.latest() + this.#length) this.#follow(origin);
    this.#raise(this.#alarm === null ? time : Math.max(time, clock.now()), origin);
    if (index < this.#open) this.#late(event);
    else if (this.#held >= this.#max) this.#context.dropped(1, "overflow");
    else this.#hold(event, index, origin);
  }

  /** Emits all that is held: no more will come. */
  flush(): void {
    const last = this.#indices().at(-1);
    if (last !== undefined) this.#closeBefore(last + 1);
  }

  /** Drops the first event of the first window. */
  evict(): boolean {
    const [first] = this.#indices();
    const window = first === undefined ? undefined : this.#windows.get(first);
    const event = window?.events.shift();
    if (first === undefined || window === undefined || event === undefined) return false;
    if (window.events.length === 0) this.#windows.delete(first);
    this.#held -= 1;
    this.#count(window, -weigh(event));
    this.#context.dropped(1, "overflow");
    return true;
  }

  #hold(event: Event, index: number, origin: number): void {
    this.#held += 1;
    let window = this.#windows.get(index);
    if (window === undefined) {
      window = { events: [], bytes: 0 };
      this.#windows.set(index, window);
      if (index < this.#timed) this.#planEnd(index, origin);
    }
    window.events.push(event);
    this.#count(window, weigh(event));
  }

  #count(window: OpenWindow, bytes: number): void {
    window.bytes += bytes;
    this.#report(bytes);
  }

  /** Plans the end by the clock of the first window that has events. */
  #planEnd(index: number, origin: number): void {
    if (this.#alarm === null) return;
    this.#timed = index;
    this.#alarm.set(windowStart(sumOf(origin, this.#grace), this.#length, index + 1));
  }

  #onEnd(end: number): void {
    const origin = this.#origin ?? 0;
    // Its own window in any case: the clock may have been set back, or the delay rounded.
    this.#raise(Math.max(end, this.#context.clock.now()), origin);
    this.#planFirst(origin);
  }

  #planFirst(origin: number): void {
    this.#timed = Number.POSITIVE_INFINITY;
    const [first] = this.#indices();
    if (first !== undefined) this.#planEnd(first, origin);
  }

  #raise(watermark: number, origin: number): void {
    if (watermark <= this.#watermark) return;
    this.#watermark = watermark;
    this.#closeBefore(this.#firstOpenAt(watermark, origin));
  }

  /** The clock was set back: so is the watermark, and windows that are too far ahead for anything to come end now. */
  #follow(origin: number): void {
    const { clock } = this.#context;
    this.#watermark = clock.now();
    this.#open = this.#firstOpenAt(this.#watermark, origin);
    this.#next = null;
    const last = windowIndex(origin, this.#length, clock.latest()) + 1;
    for (const index of this.#indices()) if (index > last) this.#give(this.#take(index));
    this.#alarm?.clear();
    this.#planFirst(origin);
  }

  /** Of the windows that have events, in their order. */
  #indices(): number[] {
    return [...this.#windows.keys()].sort((a, b) => a - b);
  }

  #firstOpenAt(watermark: number, origin: number): number {
    return windowIndex(sumOf(origin, this.#grace), this.#length, watermark);
  }

  #closeBefore(bound: number): void {
    if (bound <= this.#open) return;
    this.#open = bound;
    for (const index of this.#indices()) {
      if (index >= bound) break;
      const window = this.#take(index);
      this.#giveEmpty(index);
      this.#next = index + 1;
      this.#give(window);
    }
    this.#giveEmpty(bound);
  }

  #take(index: number): List {
    const { events, bytes } = this.#windows.get(index) ?? { events: [], bytes: 0 };
    this.#windows.delete(index);
    this.#held -= events.length;
    this.#report(-bytes);
    return events;
  }

  /** The windows before `index` that had no event. */
  #giveEmpty(index: number): void {
    if (this.#next === null) return;
    const given = Math.min(index - this.#next, this.#maxEmpty);
    this.#next = index;
    for (let n = 0; n < given; n++) this.#give(EMPTY);
  }
}
