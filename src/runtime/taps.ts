import type { Clock } from "../core/clock.ts";
import { eachEvent } from "../core/each-event.ts";
import type { Event } from "../core/event.ts";
import type { Outlet } from "../core/stage.ts";
import { formatJson } from "../text/format-json.ts";
import { missedLine, type Tapped } from "./report.ts";

/** Between two shows: writing is what events that are watched cost, and nobody reads faster. */
const PAUSE_SECONDS = 0.05;

/** What came by one tap and is not shown yet. */
interface Waiting {
  isHeard: boolean;
  lines: string;
  events: number;
  missed: number;
}

/**
 * The taps of one thread: what comes by one is shown to those who listen, and costs a look at a boolean while nobody
 * does. Events beyond what the listeners may have are not written, but counted.
 */
export class Taps {
  readonly #show: (tapped: readonly Tapped[]) => Promise<void>;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  #heard: readonly string[] = [];
  #capacity = 0;
  #characters = 0;
  #isShowing = false;

  /** @param show - Resolves when it can take more. */
  constructor(show: (tapped: readonly Tapped[]) => Promise<void>, clock: Clock) {
    this.#show = show;
    this.#clock = clock;
  }

  /** From now on somebody listens to these, and to no others. @param capacity - Characters of one show. */
  listen(taps: readonly string[], capacity: number): void {
    this.#heard = taps;
    this.#capacity = capacity;
    for (const [tap, waiting] of this.#waiting) {
      waiting.isHeard = taps.includes(tap);
      if (!waiting.isHeard) this.#take(tap, waiting);
    }
  }

  outlet(tap: string): Outlet {
    const isHeard = this.#heard.includes(tap);
    const waiting = this.#waiting.get(tap) ?? { isHeard, lines: "", events: 0, missed: 0 };
    this.#waiting.set(tap, waiting);
    return eachEvent((event) => {
      if (waiting.isHeard) this.#add(waiting, event);
      return null;
    });
  }

  #add(waiting: Waiting, event: Event): void {
    waiting.events++;
    const line = this.#characters < this.#capacity ? lineOf(event) : null;
    if (line === null) waiting.missed++;
    else {
      waiting.lines += line;
      this.#characters += line.length;
    }
    if (!this.#isShowing) void this.#showAll();
  }

  async #showAll(): Promise<void> {
    this.#isShowing = true;
    await undefined; // what else comes by in this turn is shown with it
    for (let tapped = this.#takeAll(); tapped.length > 0; tapped = this.#takeAll()) {
      const pause = new Promise<void>((resolve) => this.#clock.after(PAUSE_SECONDS, resolve));
      await this.#show(tapped);
      await pause;
    }
    this.#isShowing = false;
  }

  #takeAll(): Tapped[] {
    return [...this.#waiting].flatMap(([tap, waiting]) => (waiting.events === 0 ? [] : [this.#take(tap, waiting)]));
  }

  #take(tap: string, waiting: Waiting): Tapped {
    const { lines, events, missed } = waiting;
    this.#characters -= lines.length;
    waiting.lines = "";
    waiting.events = 0;
    waiting.missed = 0;
    return { tap, lines: lines + missedLine(missed), events };
  }
}

/** `null` when user code made an event of something that cannot be written: a pipeline must not fail for being watched. */
function lineOf(event: Event): string | null {
  try {
    return `${formatJson(event)}\n`;
  } catch {
    return null;
  }
}
