import { transformSync } from "esbuild";
import { collectPipelines, type Pipeline } from "../src/core/pipeline.ts";

/** The pipelines that an example in a comment declares, which finds in `scope` what it uses. */
export function pipelinesOf(code: string, scope: Readonly<Record<string, unknown>>): readonly Pipeline[] {
  const body = code.replace(/^export /gm, "");
  const names = Object.keys(scope);
  const run = functionOf(names, body) ?? functionOf(names, transformSync(body, { loader: "ts" }).code);
  return collectPipelines(() => run?.(...Object.values(scope)));
}

/** Most examples have no types: those need no compiler. */
function functionOf(names: readonly string[], body: string): ((...scope: unknown[]) => void) | null {
  try {
    return new Function(...names, `{${body}}`) as (...scope: unknown[]) => void;
  } catch {
    return null;
  }
}
