import type { Cancel } from "../core/clock.ts";
import { type IntakeListener, IntakeListeners } from "../ingest/intake.ts";
import type { EventPartitions } from "../wire/event-partitions.ts";
import { codecOf } from "../wire/message-codecs.ts";

/** What is common to intakes that check messages here and have them decoded elsewhere. */
export abstract class CheckedIntake {
  pending = 0;
  readonly listeners = new IntakeListeners();
  /** Of what was checked and not appended yet; `null`: they are not needed. */
  protected partitions: EventPartitions | null = null;

  subscribe(listener: IntakeListener): Cancel {
    return this.listeners.add(listener);
  }

  check(codec: number, bytes: Buffer, start: number, end: number): number {
    const found = codecOf(codec).check(bytes, start, end, this.partitions);
    if (found > 0) this.pending += found >> 1;
    return found;
  }

  problem(codec: number, start: number): string {
    return codecOf(codec).problem(start);
  }
}
