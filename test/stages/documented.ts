import { readDocs } from "../../docs/tsdoc.ts";
import type { AnyStages, Pipeline } from "../../src/core/pipeline.ts";
import { type Stage, stage } from "../../src/core/stage.ts";
import * as main from "../../src/index.ts";
import * as sinks from "../../src/sinks/index.ts";
import * as all from "../../src/stages/index.ts";
import { pipelinesOf } from "../example-pipelines.ts";
import { readSources } from "../sources.ts";

/** What an example writes to: nothing leaves it. */
const sink = (): Stage => stage("sink", ({ emit }) => emit, { memory: 0 });
const SCOPE: Readonly<Record<string, unknown>> = {
  ...main,
  ...Object.fromEntries(Object.keys(sinks).map((name) => [name, sink])),
};

let documented: ReturnType<typeof readDocs> | null = null;

/** A stage as its `@example` uses it: with what stands before it in its list. */
export function documentedUse(name: string): AnyStages {
  documented ??= readSources()
    .filter(({ path }) => path.startsWith("stages/"))
    .flatMap(({ text }) => readDocs(text));
  for (const { code } of documented.filter((doc) => doc.name === name).flatMap((doc) => doc.examples)) {
    const made = new Set<unknown>();
    for (const { stages } of watchedPipelines(code, name, made)) {
      const found = upTo(made, stages);
      if (found !== null) return found;
    }
  }
  throw new Error(`no @example of ${name} has it in a pipeline`);
}

/** @param made - Gets the stages that the factory `name` makes. */
function watchedPipelines(code: string, name: string, made: Set<unknown>): readonly Pipeline[] {
  const factory: unknown = Object.entries(all).find(([each]) => each === name)?.[1];
  const watched = (...given: readonly unknown[]): unknown => {
    const one: unknown = typeof factory === "function" ? Reflect.apply(factory, undefined, given) : null;
    made.add(one);
    return one;
  };
  return pipelinesOf(code, { ...SCOPE, [name]: watched });
}

/** The first list with one of these stages, the list itself or one inside it, as far as that. */
function upTo(made: ReadonlySet<unknown>, stages: AnyStages): AnyStages | null {
  const at = stages.findIndex((each) => made.has(each));
  if (at >= 0) return stages.slice(0, at + 1);
  for (const each of stages)
    for (const inside of Object.values(each.branches)) {
      const found = upTo(made, inside);
      if (found !== null) return found;
    }
  return null;
}
