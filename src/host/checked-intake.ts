import type { Cancel } from "../core/clock.ts";
import { type IntakeListener, IntakeListeners } from "../ingest/intake.ts";
import { type EventPartitions, NO_PARTITIONS } from "../wire/event-partitions.ts";
import { codecOf } from "../wire/message-codecs.ts";
import { findPartitions } from "./record-partitions.ts";

/** What is common to intakes that check messages here and have them decoded elsewhere. */
export abstract class CheckedIntake {
  pending = 0;
  readonly listeners = new IntakeListeners();
  /** Of what was checked and not appended yet; `null`: they are not needed. */
  partitions: EventPartitions | null = null;

  subscribe(listener: IntakeListener): Cancel {
    return this.listeners.add(listener);
  }

  check(codec: number, bytes: Buffer, start: number, end: number): number {
    const found = codecOf(codec).check(bytes, start, end, this.partitions);
    if (found > 0) this.pending += found >> 1;
    return found;
  }

  /**
   * The partitions of the messages that were checked: of these, unless others were checked too and not appended. To be used
   * before the next are checked.
   */
  protected takePartitions(codec: number, bytes: Buffer, start: number, end: number, events: number): Buffer {
    const { partitions } = this;
    if (partitions === null) return NO_PARTITIONS;
    if (partitions.length !== events * partitions.width) {
      partitions.length = 0;
      findPartitions(codec, bytes, start, end, partitions);
    }
    const taken = partitions.bytes.subarray(0, partitions.length);
    partitions.length = 0;
    return taken;
  }

  problem(codec: number, start: number): string {
    return codecOf(codec).problem(start);
  }
}
