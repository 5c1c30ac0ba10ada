import type { Clock } from "../core/clock.ts";
import type { Event } from "../core/event.ts";
import type { Log } from "../core/log.ts";
import { ArrivalTimes } from "../wire/arrival-times.ts";
import type { MistimedReport } from "./report.ts";

/** An episode of events that are ahead is over once there was none for so long. */
const QUIET_SECONDS = 60;

/** Counts the events that come in with a time that is not as it should be, and logs once an episode who is ahead. */
export class MistimedEvents {
  readonly times: ArrivalTimes;
  readonly #clock: Clock;
  readonly #log: Log;
  #taken: MistimedReport = { timeUnit: 0, ahead: 0 };
  /** How many were ahead when a batch was last looked at. */
  #seen = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(timeUnits: "on" | "off", clock: Clock, log: Log) {
    this.times = new ArrivalTimes(timeUnits === "on");
    this.#clock = clock;
    this.#log = log;
  }

  /** All since the start. */
  get report(): MistimedReport {
    const { timeUnit, ahead } = this.times;
    return { timeUnit, ahead };
  }

  /** Those since it was last asked; null when there were none. */
  take(): MistimedReport | null {
    const { timeUnit, ahead } = this.times;
    const news = { timeUnit: timeUnit - this.#taken.timeUnit, ahead: ahead - this.#taken.ahead };
    if (news.timeUnit + news.ahead === 0) return null;
    this.#taken = { timeUnit, ahead };
    return news;
  }

  /** A batch begins: it is measured by the clock of now. */
  begin(): void {
    this.times.latest = this.#clock.latest();
  }

  /** A batch is decoded. */
  decoded(batch: readonly Event[]): void {
    if (this.times.ahead === this.#seen) return;
    this.#seen = this.times.ahead;
    const elapsed = this.#clock.elapsed();
    const isNew = elapsed - this.#lastAt >= QUIET_SECONDS;
    this.#lastAt = elapsed;
    const event = isNew ? batch.find(({ time }) => time > this.#clock.latest()) : undefined;
    if (event === undefined) return;
    const { host, service, time } = event;
    const seconds = Math.round(time - this.#clock.now());
    this.#log.warn("events are further ahead of the clock than max-ahead: they count as now", {
      host,
      service,
      seconds,
    });
  }
}
