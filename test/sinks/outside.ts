import { setTimeout as sleep } from "node:timers/promises";
import type { EventFields } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import type { StageReport } from "../../src/engine/report.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { MAX_WAIT_SECONDS } from "../until.ts";
import { type Live, live } from "./live.ts";

/** What passes, at most, while sockets have a turn of the loop: what waits for an answer has many before it is late. */
const STEP_SECONDS = 0.02;
const START = 1_700_000_000;
/** Options of a sink to another process, which may be held up for long on a busy machine: no answer of it is late. */
export const PATIENT = { timeout: 1e6 } as const;

/** A pipeline with a sink to something outside, in virtual time: it passes while the test waits. */
export class Outside {
  readonly clock = new VirtualClock(START);
  readonly live: Live;
  readonly #place: string;

  constructor(stages: AnyStages, place: string) {
    this.live = live(stages, this.clock);
    this.#place = place;
  }

  get report(): StageReport {
    return this.live.report(this.#place);
  }

  offer(...events: EventFields[]): void {
    this.live.offer(...events);
  }

  /** Waits until the books say so; throws when they never do. */
  async until(isSo: (report: StageReport) => boolean, step = STEP_SECONDS): Promise<void> {
    for (const deadline = Date.now() + MAX_WAIT_SECONDS * 1000; !isSo(this.report); ) {
      if (Date.now() > deadline) throw new Error(`the books never came to it: ${JSON.stringify(this.report)}`);
      await sleep(1);
      this.clock.advanceTo(this.clock.now() + step);
    }
  }

  /** As {@link until}, while no time passes: however long the machine takes, nothing is late. */
  async standing(isSo: (report: StageReport) => boolean): Promise<void> {
    await this.until(isSo, 0);
  }

  /** Until all that was taken is delivered or given up. */
  async settled(): Promise<void> {
    await this.until(({ handled, pending, waiting }) => handled > 0 && pending === 0 && waiting === 0);
  }

  close(): void {
    this.live.abandon();
    this.live.targets.close();
  }
}
