import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";

/** Processes besides the one for all others: of what waits for threads and compilers, and of what waits for sockets and files. */
const GROUPS = {
  compiling: /^(cli|routes)\b|^(docs|readme)\./,
  moving: /^(capture|http|query|sinks|wire)\b/,
} as const;

// Tests run most of the code for a moment: only what runs for longer than V8 asks for by itself is worth optimizing. Node 20
// alone knows the flag.
if (process.version.startsWith("v20.")) setFlagsFromString("--interrupt-budget=500000");

/** Of the rounds that tests say, the part that the suite has. The drill `rounds` has all, of the files that have some. */
const PART_OF_ROUNDS = 1 / 5;
const HAS_ROUNDS = /"[./]+\/(rounds|fast-check)\.js"/;
const isDrill = process.env.FTS_TEST_ROUNDS !== undefined;
process.env.FTS_TEST_ROUNDS ??= `${PART_OF_ROUNDS}`;

export type Group = keyof typeof GROUPS | "working";

/**
 * Declares unit tests, all *.test.js but those of e2e, in this process: a process for each, as `node --test` starts
 * them, takes ten times as long.
 *
 * @param declared - Called with each file once its tests are declared.
 */
export async function declareTests(which: "all" | Group, declared?: (file: string) => Promise<void>): Promise<void> {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const files = readdirSync(here, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js") && !file.startsWith("e2e"))
    .filter((file) => which === "all" || groupOf(file) === which)
    .filter((file) => !isDrill || HAS_ROUNDS.test(readFileSync(join(here, file), "utf8")))
    .toSorted();
  if (files.length === 0) throw new Error(`no tests in ${here}`);
  for (const file of files) {
    await import(pathToFileURL(join(here, file)).href);
    await declared?.(file);
  }
}

function groupOf(file: string): Group {
  if (GROUPS.compiling.test(file)) return "compiling";
  return GROUPS.moving.test(file) ? "moving" : "working";
}
