import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Clock } from "../core/clock.ts";
import { coerceError } from "../errors.ts";
import { BATCH_EVENTS, TURN_SECONDS } from "../runtime/turn.ts";
import type { JournalTime } from "./journal-time.ts";
import type { RecordIntake } from "./record-intake.ts";
import { partitionsLength } from "./ring.ts";
import type { RingReader } from "./ring-reader.ts";

export interface RingFeedOptions {
  readonly ring: RingReader;
  readonly intake: RecordIntake;
  readonly clock: Clock;
  /** Where runs of frames come in that are too long for the ring. */
  readonly aside: MessagePort;
  /** With a journal: what it says of time. */
  readonly time: JournalTime | null;
  /** What was read is offered. */
  offered(): void;
  /** The ring is empty: whether the feed is to wait for more. */
  emptied(): boolean;
  /** It cannot go on. */
  failed(error: Error): void;
}

/** Reads the ring in turns, decodes, and offers to the pipelines of the thread. */
export class RingFeed {
  readonly #options: RingFeedOptions;
  /** Without pipelines the ring is not read. */
  #isOn = false;
  #isPlanned = false;
  #isAsleep = false;

  constructor(options: RingFeedOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** There are pipelines to offer to. */
  begin(): void {
    this.#isOn = true;
    this.plan();
  }

  end(): void {
    this.#isOn = false;
  }

  /** Has a turn in which it goes on. */
  plan(): void {
    if (this.#isPlanned || !this.#isOn) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.goOn();
    });
  }

  /** Has a turn at once: it may have slept while things came that are for others. */
  goOn(): void {
    try {
      if (this.#isOn) this.#turn();
    } catch (thrown) {
      // No stage's throw comes this far. What was not offered yet, the next thread offers.
      this.#options.failed(coerceError(thrown));
    }
  }

  /** Works on the ring until it is empty, the pipelines cannot take more, or other things need their turn. */
  #turn(): void {
    const { ring, intake, clock, time, emptied } = this.#options;
    const end = clock.elapsed() + TURN_SECONDS;
    intake.begin();
    const isTimeUp = (): boolean => clock.elapsed() > end;
    while (!intake.isHeld) {
      if (time !== null && !time.isReady(isTimeUp)) return this.plan();
      const record = ring.next();
      if (record === "frames") intake.take(ring.codec, ring.bytes, ring.start, ring.end, ring.partitions);
      else if (record === "aside") this.#takeAside();
      else if (record === "time") time?.comes(ring.moment);
      const isMore = record === "frames" || record === "aside";
      if (isMore && intake.pending < BATCH_EVENTS && !ring.isAlone) continue;
      this.#offer();
      if (record === "none" && time?.isReady(isTimeUp) !== false) return emptied() ? this.#sleep() : undefined;
      if (isTimeUp()) return this.plan();
    }
  }

  #offer(): void {
    const { intake, ring, offered } = this.#options;
    intake.flush(ring.begunOf);
    ring.done();
    offered();
  }

  #sleep(): void {
    if (this.#isAsleep) return;
    this.#isAsleep = true;
    let isWoken = false; // at once: something has come meanwhile
    this.#options.ring.sleep(() => {
      this.#isAsleep = false;
      if (!isWoken || this.#isPlanned) this.plan();
      else this.goOn();
    });
    isWoken = true;
  }

  #takeAside(): void {
    const { aside, ring, intake } = this.#options;
    const received = receiveMessageOnPort(aside);
    if (received === undefined) throw new Error("the ring announced frames that were not sent");
    const bytes = Buffer.from(received.message);
    const end = bytes.length - partitionsLength(ring.events, ring.memory);
    if (end < bytes.length) ring.beginPartitions(bytes, end);
    intake.take(ring.codec, bytes, 0, end);
  }
}
