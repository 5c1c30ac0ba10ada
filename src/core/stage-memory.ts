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

/** What `fast-ts check` warns of, in reading order. */
export function warningsOf(stages: AnyStages): readonly string[] {
  return all(stages).flatMap(({ warnings }) => warnings);
}

function all(stages: AnyStages): AnyStages {
  return stages.flatMap((stage) => [stage, ...Object.values(stage.branches).flatMap(all)]);
}
