import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Problem } from "./problem.ts";

/** What the TypeScript compiler printed (`--pretty false`) as problems, each with its line of source. */
export async function parseDiagnostics(output: string, cwd: string): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const files = new Map<string, Promise<readonly string[]>>();
  for (const text of output.split(/\r?\n(?=\S)/)) {
    const [, file, line, column, message] = /^(.+?)\((\d+),(\d+)\): error (TS\d+: .+)$/s.exec(text.trimEnd()) ?? [];
    if (file === undefined || message === undefined) {
      const [, general] = /^error (TS\d+: .+)$/s.exec(text.trimEnd()) ?? [];
      if (general !== undefined) problems.push(problem(cwd, null, null, general, null));
      continue;
    }
    const path = resolve(cwd, file);
    const lines = files.get(path) ?? linesOf(path);
    files.set(path, lines);
    problems.push(
      problem(path, Number(line), Number(column), hinted(message), (await lines)[Number(line) - 1] ?? null),
    );
  }
  return problems;
}

function problem(
  file: string,
  line: number | null,
  column: number | null,
  message: string,
  source: string | null,
): Problem {
  return { file, line, column, message, source, severity: "error" };
}

/**
 * To the compiler, a list in a variable is a set of stages without an order; its own message for that does not help.
 */
function hinted(message: string): string {
  if (!/^.*\bStage<[^']*\| Stage</.test(message)) return message;
  return `${message}\n  a list of stages in a variable keeps its order by "as const": const mine = [ … ] as const`;
}

function linesOf(path: string): Promise<readonly string[]> {
  // A file that is gone again has no lines to show.
  return readFile(path, "utf8").then(
    (text) => text.split(/\r?\n/),
    () => [],
  );
}
