import type { Stage } from "../core/stage.ts";

type AnyStage = Stage<never, unknown>;

/**
 * The places of stages that a restart makes forget what they have in variables, if they have something there: they do not
 * say that they keep nothing, and their `start` does not take the `state` of its context.
 */
export function forgetfulStages(stages: readonly AnyStage[], prefix = ""): readonly string[] {
  return stages.flatMap((stage, at) => {
    const place = `${prefix}${stage.name}#${at}`;
    const lists = Object.entries(stage.branches);
    const inside = lists.flatMap(([branch, list]) =>
      forgetfulStages(list, lists.length === 1 ? `${place}/` : `${place}/${branch}/`),
    );
    return stage.memory !== 0 && !mayTakeState(stage.start) ? [place, ...inside] : inside;
  });
}

/** Whether a function takes its context whole, which it may hand on, or takes `state` out of it. */
function mayTakeState(start: AnyStage["start"]): boolean {
  const source = String(start);
  const [, taken] = /^(?:function\s*\w*\s*|\w+\s*)?\(\s*(?:\{([^{}]*)\}\s*)?\)/.exec(source) ?? [source, "...all"];
  return taken !== undefined && /\bstate\b|\.\.\./.test(taken);
}
