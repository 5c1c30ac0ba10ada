import type { Cancel } from "../core/clock.ts";
import type { Intake, IntakeListener, Ticket, TicketFailure } from "../ingest/intake.ts";
import type { Recorder } from "./recorder.ts";

/** An intake whose frames are recorded too, as they are appended: whole and checked. */
export class RecordingIntake implements Intake {
  readonly #intake: Intake;
  readonly #recorder: Recorder;

  constructor(intake: Intake, recorder: Recorder) {
    this.#intake = intake;
    this.#recorder = recorder;
  }

  get isHeld(): boolean {
    return this.#intake.isHeld;
  }

  get pending(): number {
    return this.#intake.pending;
  }

  get confirmed(): Ticket {
    return this.#intake.confirmed;
  }

  get failure(): TicketFailure | null {
    return this.#intake.failure;
  }

  subscribe(listener: IntakeListener): Cancel {
    return this.#intake.subscribe(listener);
  }

  check(codec: number, bytes: Buffer, start: number, end: number): number {
    return this.#intake.check(codec, bytes, start, end);
  }

  problem(codec: number, start: number): string {
    return this.#intake.problem(codec, start);
  }

  append(codec: number, bytes: Buffer, start: number, end: number, frames: number, events: number): void {
    this.#intake.append(codec, bytes, start, end, frames, events);
    this.#recorder.keep(codec, bytes, start, end, frames);
  }

  flush(): Ticket {
    return this.#intake.flush();
  }
}
