import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What waits for processes and threads that it starts, most of the time. */
const WAITING = /^(cli|routes)\b|^(docs|examples|misfits|readme)\.|^testing\/types\./;

/**
 * Declares unit tests, all *.test.js but those of e2e, in this process: a process for each, as `node --test` starts
 * them, takes ten times as long.
 */
export async function declareTests(which: "all" | "waiting" | "working"): Promise<void> {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const files = readdirSync(here, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js") && !file.startsWith("e2e"))
    .filter((file) => which === "all" || WAITING.test(file) === (which === "waiting"))
    .toSorted();
  if (files.length === 0) throw new Error(`no tests in ${here}`);
  for (const file of files) await import(pathToFileURL(join(here, file)).href);
}
