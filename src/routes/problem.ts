import { relative } from "node:path";

/** Something wrong in a route file, with its place in the user's own source. */
export interface Problem {
  /** Absolute path; the route directory itself when no file is to blame. */
  readonly file: string;
  /** 1-based; `null` when the place in the file is not known. */
  readonly line: number | null;
  /** 1-based; `null` when the place in the line is not known. */
  readonly column: number | null;
  readonly message: string;
  /** The line of source the problem stands in. */
  readonly source: string | null;
  /** A warning leaves the routes usable. */
  readonly severity: "error" | "warning";
}

const MAX_SOURCE_CHARACTERS = 160;

/** `file:line:column: message`, then the source line with a caret under the column; `from` shortens the path. */
export function formatProblem(problem: Problem, from?: string): string {
  const { line, column, message, source, severity } = problem;
  const file = from === undefined ? problem.file : shortPath(problem.file, from);
  const place = [file, line, line === null ? null : column].filter((part) => part !== null).join(":");
  const head = `${place}: ${severity === "warning" ? "warning: " : ""}${message}`;
  if (line === null || source === null || source.length > MAX_SOURCE_CHARACTERS) return head;
  const gutter = `  ${line} | `;
  if (column === null) return `${head}\n${gutter}${source}`;
  // A tab stays a tab, so that the caret stands under its column however wide the terminal draws it.
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, " ");
  return `${head}\n${gutter}${source}\n${" ".repeat(gutter.length - 2)}| ${indent}^`;
}

/** A path as seen from a directory, unless the way there is longer than the path itself. */
export function shortPath(path: string, from: string): string {
  const way = relative(from, path) || ".";
  return way.length < path.length ? way : path;
}

/** An error of severity `"error"` that names a file only. */
export function problemOfFile(file: string, message: string): Problem {
  return { file, line: null, column: null, message, source: null, severity: "error" };
}
