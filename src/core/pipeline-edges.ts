import type { Edge, Stage } from "./stage.ts";

/** Every edge of a list of stages, those inside branches too, in reading order. */
export function edgesOf(stages: readonly Stage<never, unknown>[]): Edge[] {
  return stages.flatMap(({ edge, branches }) => {
    const inside = Object.values(branches).flatMap(edgesOf);
    return edge === null ? inside : [edge, ...inside];
  });
}

/** The channel that a pipeline gets its events from; `null`: from clients. */
export function channelOf(stages: readonly Stage<never, unknown>[]): string | null {
  const edge = stages[0]?.edge;
  return edge?.kind === "subscribe" ? edge.name : null;
}

/** Whether some of them lead to the index. */
export function usesIndex(edges: readonly Edge[]): boolean {
  return edges.some(({ kind }) => kind === "index");
}
