import type { SpreadField } from "../core/spread.ts";
import type { DryRunPipeline } from "./dry-run-report.ts";
import { groupsOf } from "./joined-pipelines.ts";
import type { Problem } from "./problem.ts";
import type { SpreadNeeds } from "./spread-needs.ts";
import { placementsOf, spreadTogether } from "./spread-together.ts";

/** Options that say where a pipeline runs, and change nothing. */
export function checkSpread(pipelines: readonly DryRunPipeline[], partitionKey?: SpreadField): readonly Problem[] {
  const places = spreadTogether(pipelines, undefined, partitionKey);
  const words = placementsOf(places);
  return groupsOf(pipelines).flatMap((group) => {
    const isSame = (one: DryRunPipeline, needs: SpreadNeeds): boolean => {
      const all = group.map((each) => (each === one ? { ...each, needs } : each));
      const others = spreadTogether(all, undefined, partitionKey, places);
      return group.every(({ name }) => others.get(name)?.by === places.get(name)?.by);
    };
    return group.flatMap((one) => {
      const { isAsked, withoutKey } = one.placing;
      const isInVain = isAsked && places.get(one.name)?.by === "all";
      const options = [
        ...(isInVain ? ["spread: true"] : []),
        ...(withoutKey !== null && isSame(one, withoutKey) ? ["key"] : []),
      ];
      return options.map((option) => useless(one, option, words.get(one.name) ?? ""));
    });
  });
}

function useless({ name, file, line, column, source }: DryRunPipeline, option: string, place: string): Problem {
  const message = `pipeline ${JSON.stringify(name)}: its option ${option} changes nothing: ${place}`;
  return { file, line, column, source, message, severity: "warning" };
}
