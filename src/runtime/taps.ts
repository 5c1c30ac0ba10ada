import { eachEvent } from "../core/each-event.ts";
import type { Event } from "../core/event.ts";
import type { Outlet } from "../core/stage.ts";
import { formatJson } from "../text/format-json.ts";
import type { Tapped } from "./report.ts";

/** Maximum characters that wait to be shown; further events are missed. */
const MAX_WAITING_CHARACTERS = 256 * 1024;

/** The taps of one thread: their events are shown to readers; without a reader, an event costs a look at a boolean. */
export class Taps {
  readonly #show: (tapped: readonly Tapped[]) => Promise<void>;
  #heard: readonly string[] = [];
  #isHeard = false;
  #waiting = new Map<string, { lines: string; missed: number }>();
  #characters = 0;
  #isShowing = false;

  /** @param show - Resolves when it can take more. */
  constructor(show: (tapped: readonly Tapped[]) => Promise<void>) {
    this.#show = show;
  }

  /** From now on somebody listens to these, and to no others. */
  listen(taps: readonly string[]): void {
    this.#heard = taps;
    this.#isHeard = taps.length > 0;
  }

  outlet(tap: string): Outlet {
    return eachEvent((event) => {
      if (this.#isHeard && this.#heard.includes(tap)) this.#take(tap, event);
      return null;
    });
  }

  #take(tap: string, event: Event): void {
    const entry = this.#waiting.get(tap) ?? { lines: "", missed: 0 };
    this.#waiting.set(tap, entry);
    const line = this.#characters < MAX_WAITING_CHARACTERS ? lineOf(event) : null;
    if (line === null) entry.missed++;
    else {
      entry.lines += line;
      this.#characters += line.length;
    }
    if (!this.#isShowing) void this.#showAll();
  }

  async #showAll(): Promise<void> {
    this.#isShowing = true;
    await undefined; // what else comes by in this turn is shown with it
    while (this.#waiting.size > 0) {
      const tapped = [...this.#waiting].map(([tap, { lines, missed }]) => ({ tap, lines, missed }));
      this.#waiting = new Map();
      this.#characters = 0;
      await this.#show(tapped);
    }
    this.#isShowing = false;
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
