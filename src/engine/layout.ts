import { MAY_GENERATE_CODE } from "../core/code-generation.ts";
import { keepNames } from "../core/pipeline-edges.ts";
import type { Stage } from "../core/stage.ts";
import type { Takes } from "../core/takes.ts";
import { CompiledDispatch } from "./compiled-dispatch.ts";
import type { PositionDispatch } from "./dispatch.ts";
import { PlainDispatch } from "./plain-dispatch.ts";

/** One stage's place in its pipeline: known before anything runs, and the same for every live copy. */
export interface StagePosition {
  /** `rate#1`, `by#0/rate#1`, `where#2/then/email#0`. */
  readonly name: string;
  readonly stage: Stage<never, unknown>;
  /** Position in reading order: the row of the ledger. */
  readonly row: number;
  readonly branches: ReadonlyMap<string, readonly StagePosition[]>;
  readonly dispatch: PositionDispatch;
  /** What its open alerts are known by, wherever it stands; null: it has none. */
  readonly keepsAs: string | null;
}

/** A pipeline's stages with their places, and all of them in reading order. */
export interface Layout {
  readonly places: readonly StagePosition[];
  /** The stages of `onCrash`. */
  readonly onCrash: readonly StagePosition[];
  readonly rows: readonly StagePosition[];
}

/** Names and numbers every stage of a pipeline, those inside branches and those of `onCrash` too. */
export function layOut(
  stages: readonly Stage<never, unknown>[],
  onCrash: readonly Stage<never, unknown>[] = [],
  makeDispatch: (takes: Takes, row: number) => PositionDispatch = dispatchOf,
): Layout {
  const rows: StagePosition[] = [];
  const keepsAs = keepNames();
  const level = (list: readonly Stage<never, unknown>[], prefix: string): readonly StagePosition[] =>
    list.map((stage, at) => {
      const name = `${prefix}${stage.name}#${at}`;
      const branches = new Map<string, readonly StagePosition[]>();
      const place: StagePosition = {
        name,
        stage,
        row: rows.length,
        branches,
        dispatch: makeDispatch(stage.takes, rows.length),
        keepsAs: keepsAs(stage.edge),
      };
      rows.push(place);
      const lists = Object.entries(stage.branches);
      for (const [branch, inner] of lists)
        branches.set(branch, level(inner, lists.length === 1 ? `${name}/` : `${name}/${branch}/`));
      return place;
    });
  return { places: level(stages, ""), onCrash: level(onCrash, "onCrash/"), rows };
}

function dispatchOf(takes: Takes, row: number): PositionDispatch {
  return MAY_GENERATE_CODE ? new CompiledDispatch(takes, row) : new PlainDispatch(takes, row);
}
