import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What waits most of the time, in two processes so that others run meanwhile: for threads and compilers, for sockets and files. */
const WAITING = {
  compiling: /^(cli|routes)\b|^(docs|misfits|readme)\.|^testing\/types\./,
  moving: /^(capture|http|sinks|transport)\b/,
} as const;

export type Group = keyof typeof WAITING | "working";

/**
 * Declares unit tests, all *.test.js but those of e2e, in this process: a process for each, as `node --test` starts
 * them, takes ten times as long.
 */
export async function declareTests(which: "all" | Group): Promise<void> {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const files = readdirSync(here, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js") && !file.startsWith("e2e"))
    .filter((file) => which === "all" || groupOf(file) === which)
    .toSorted();
  if (files.length === 0) throw new Error(`no tests in ${here}`);
  for (const file of files) await import(pathToFileURL(join(here, file)).href);
}

function groupOf(file: string): Group {
  if (WAITING.compiling.test(file)) return "compiling";
  return WAITING.moving.test(file) ? "moving" : "working";
}
