import type { Event } from "../core/event.ts";
import type { AnyStages } from "../core/pipeline.ts";
import { type Edge, type Stage, stage } from "../core/stage.ts";

/** Where a recorder stands. */
interface Recording extends Edge {
  readonly kind: "sink" | "tap";
}

/** Gets what came to a sink or a tap, and the place of that in its pipeline. */
export type Recorder = (edge: Recording, place: string, value: Event) => void;

/**
 * The stages with recorders in place of their sinks and taps, and with `io` silent: nothing of them meets the world.
 * Everything keeps its name and its place.
 */
export function recorded(stages: AnyStages, record: Recorder): AnyStages {
  return stages.map((one) => {
    const branches = Object.entries(one.branches).map(([name, list]) => [name, recorded(list, record)] as const);
    const inside: Stage<never, unknown> = { ...one, branches: Object.fromEntries(branches) };
    return one.edge === null ? inside : { ...inside, start: standIn(one.edge, one.name, record).start };
  });
}

function standIn({ kind, name: edge }: Edge, name: string, record: Recorder): Stage<never, unknown> {
  if (kind === "io") return stage(name, ({ emit }) => emit);
  return stage(name, ({ emit, place, pending, delivered }) => (value) => {
    record({ kind, name: edge }, place, value);
    if (kind === "sink") {
      pending(1);
      delivered(1);
    }
    emit(value);
  });
}
