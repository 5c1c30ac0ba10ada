import type { Intake } from "../ingest/intake.ts";
import { MALFORMED, type Verdict } from "../wire/decode.ts";
import type { Recorder } from "./recorder.ts";

/** An intake whose frames are recorded too, as they are kept: whole and checked. */
export class RecordingIntake implements Intake {
  readonly #intake: Intake;
  readonly #recorder: Recorder;
  /** Frames of the run that is being looked at. */
  #frames = 0;

  constructor(intake: Intake, recorder: Recorder) {
    this.#intake = intake;
    this.#recorder = recorder;
  }

  get isHeld(): boolean {
    return this.#intake.isHeld;
  }

  get onRelease(): () => void {
    return this.#intake.onRelease;
  }

  set onRelease(run) {
    this.#intake.onRelease = run;
  }

  get problem(): string {
    return this.#intake.problem;
  }

  get pending(): number {
    return this.#intake.pending;
  }

  take(bytes: Buffer, start: number, end: number): Verdict {
    const verdict = this.#intake.take(bytes, start, end);
    if (verdict !== MALFORMED) this.#frames++;
    return verdict;
  }

  keep(bytes: Buffer, start: number, end: number): void {
    this.#intake.keep(bytes, start, end);
    this.#recorder.keep(bytes, start, end, this.#frames);
    this.#frames = 0;
  }

  offer(): void {
    this.#intake.offer();
  }
}
