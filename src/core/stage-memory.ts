import type { Stage } from "./stage.ts";

type AnyStages = readonly Stage<never, unknown>[];

/** The longest time for which some stages remember, those inside them too, seconds; 0 when none says so. */
export function longestMemory(stages: AnyStages): number {
  return Math.max(0, ...all(stages).map(({ memory }) => (memory !== null && Number.isFinite(memory) ? memory : 0)));
}

/** The names of the stages that remember for `seconds`, in one text; empty when there are none. */
export function rememberingFor(stages: AnyStages, seconds: number): string {
  const names = all(stages).flatMap(({ name, memory }) => (memory === seconds ? [name] : []));
  return [...new Set(names)].join(", ");
}

/** Whether some stages keep nothing, those inside them too. */
export function areStateless(stages: AnyStages): boolean {
  return all(stages).every(({ memory }) => memory === 0);
}

/** What `fast-ts check` warns of, in reading order. */
export function warningsOf(stages: AnyStages): readonly string[] {
  return all(stages).flatMap(({ warnings }) => warnings);
}

/** A stage without state, and one with: handler, state and timers, in bytes. */
const STAGE_BYTES = 260;
const STATEFUL_BYTES = 1000;

/** About how many bytes a live copy of some stages takes, and whether one of them holds its last event. */
export function copyOf(stages: AnyStages): { readonly bytes: number; readonly keepsLast: boolean } {
  let bytes = 0;
  let keepsLast = false;
  for (const { memory, keepsLast: isKept, branches } of stages) {
    bytes += memory === 0 ? STAGE_BYTES : STATEFUL_BYTES;
    keepsLast ||= isKept === true;
    if (isKept !== null) continue; // a `by` in it counts what it holds by itself
    for (const inside of Object.values(branches).map(copyOf)) {
      bytes += inside.bytes;
      keepsLast ||= inside.keepsLast;
    }
  }
  return { bytes, keepsLast };
}

function all(stages: AnyStages): AnyStages {
  return stages.flatMap((stage) => [stage, ...Object.values(stage.branches).flatMap(all)]);
}
