import type { Event } from "../core/event.ts";
import { type EventOrList, eventsOf } from "../core/event-list.ts";
import type { AnyStages } from "../core/pipeline.ts";
import type { Edge, Stage, Start } from "../core/stage.ts";

/** Where a recorder stands. */
interface Recording extends Edge {
  readonly kind: "sink" | "tap";
}

/** Gets the events that came together to a sink or a tap, the place of that in its pipeline, and what they came as. */
export type Recorder = (edge: Recording, place: string, events: readonly Event[], value: EventOrList) => void;

/**
 * The stages with recorders in place of their sinks and taps, and with `io` silent: nothing of them meets the world.
 * Everything keeps its name and its place.
 */
export function recorded(stages: AnyStages, record: Recorder): AnyStages {
  return stages.map((one) => {
    const branches = Object.entries(one.branches).map(([name, list]) => [name, recorded(list, record)] as const);
    const inside: Stage<never, unknown> = { ...one, branches: Object.fromEntries(branches) };
    if (one.edge?.kind === "io") return { ...inside, start: silent };
    return isRecorded(one.edge) ? { ...inside, start: recorder(one.edge, record) } : inside;
  });
}

/** Whether what comes to this edge is recorded. */
export function isRecorded(edge: Edge | null): edge is Recording {
  return edge?.kind === "sink" || edge?.kind === "tap";
}

const silent: Start<never, unknown> = ({ emit }) => emit;

function recorder(edge: Recording, record: Recorder): Start<EventOrList, unknown> {
  return ({ emit, place, pending, delivered }) =>
    (value) => {
      const events = eventsOf(value);
      if (events.length > 0) record(edge, place, events, value);
      if (edge.kind === "sink") {
        pending(1);
        delivered(1);
      }
      emit(value);
    };
}
