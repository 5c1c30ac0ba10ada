import type { Edge, Stage, Stages } from "./stage.ts";

/** Every edge of a list of stages, those inside branches too, in reading order. */
export function edgesOf(stages: readonly Stage<never, unknown>[]): Edge[] {
  return stages.flatMap(({ edge, branches }) => {
    const inside = Object.values(branches).flatMap(edgesOf);
    return edge === null ? inside : [edge, ...inside];
  });
}

/** The stages with `deadLetters` for each sink that has none of its own, those inside others as well. */
export function withDeadLetters(stages: readonly Stage<never, unknown>[], deadLetters: Stages): typeof stages {
  return stages.map((stage) => {
    if (stage.edge?.kind === "sink") return stage.edge.withDeadLetters?.(deadLetters) ?? stage;
    const inside = Object.entries(stage.branches).map(([name, list]) => [name, withDeadLetters(list, deadLetters)]);
    return inside.length === 0 ? stage : { ...stage, branches: Object.fromEntries(inside) };
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

/** Names what the stages of a pipeline keep, asked for in reading order: those that say the same are numbered. */
export function keepNames(): (edge: Edge | null) => string | null {
  const counts = new Map<string, number>();
  return (edge) => {
    if (edge?.keeps === undefined) return null;
    const before = counts.get(edge.keeps) ?? 0;
    counts.set(edge.keeps, before + 1);
    return `${edge.keeps}#${before}`;
  };
}
