import type { Stage } from "./stage.ts";

type AnyStages = readonly Stage<never, unknown>[];

/** The longest time for which some stages remember, those inside them too, seconds; 0 when none says so. */
export function longestMemory(stages: AnyStages): number {
  return Math.max(0, ...all(stages).map(({ memory }) => (memory !== null && Number.isFinite(memory) ? memory : 0)));
}

/** The names of the stages whose state lasts until something changes it. */
export function lastingStages(stages: AnyStages): readonly string[] {
  const lasting = all(stages).filter(({ memory }) => memory === Number.POSITIVE_INFINITY);
  return [...new Set(lasting.map(({ name }) => name))];
}

/** What `fast-ts check` warns of, in reading order. */
export function warningsOf(stages: AnyStages): readonly string[] {
  return all(stages).flatMap(({ warnings }) => warnings);
}

function all(stages: AnyStages): AnyStages {
  return stages.flatMap((stage) => [stage, ...Object.values(stage.branches).flatMap(all)]);
}
