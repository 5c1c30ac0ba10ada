import { setTimeout as sleep } from "node:timers/promises";
import { SystemClock } from "../../src/core/clock.ts";
import type { EventFields } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import type { StageReport } from "../../src/engine/report.ts";
import { type Live, live } from "./live.ts";

/** A pipeline with a sink to something outside, on the machine's clock. */
export class Outside {
  readonly #clock = new SystemClock();
  readonly live: Live;
  readonly #place: string;

  constructor(stages: AnyStages, place: string) {
    this.live = live(stages, this.#clock);
    this.#place = place;
  }

  get report(): StageReport {
    return this.live.report(this.#place);
  }

  offer(...events: EventFields[]): void {
    this.live.offer(...events);
  }

  /** Waits until the books say so; throws when they never do. */
  async until(isSo: (report: StageReport) => boolean): Promise<void> {
    for (let tries = 0; !isSo(this.report); tries++) {
      if (tries > 6_000) throw new Error(`the books never came to it: ${JSON.stringify(this.report)}`);
      await sleep(5);
    }
  }

  /** Until all that was taken is delivered or given up. */
  async settled(): Promise<void> {
    await this.until(({ handled, pending, waiting }) => handled > 0 && pending === 0 && waiting === 0);
  }

  close(): void {
    this.live.abandon();
    this.live.targets.close();
    this.#clock.stop();
  }
}
