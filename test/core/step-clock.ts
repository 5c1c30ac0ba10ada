import { VirtualClock } from "../../src/testing/index.ts";

/** A clock that is put forward or back, of which its timers know nothing: as a machine's wall clock. */
export class StepClock extends VirtualClock {
  offset = 0;

  override now(): number {
    return this.times.saw(super.now() + this.offset);
  }
}
