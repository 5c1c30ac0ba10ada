import type { AlarmClock } from "../../src/core/clock.ts";
import type { Context } from "../../src/core/stage.ts";
import { ActorAlarm } from "../../src/engine/actor-alarm.ts";

/** The part of a stage's context that has to do with time and state, of a stage that begins anew. */
export function keeping(
  clock: AlarmClock,
): Pick<Context, "alarm" | "clock" | "keeps"> & { readonly isRestored: false } {
  const owner = { place: "test", isEnded: false, changes() {}, turn: (work: () => void) => work() };
  return {
    clock,
    alarm: (ring, { by = "now" } = {}) => new ActorAlarm(owner, clock, ring, by === "now"),
    keeps() {},
    isRestored: false,
  };
}
