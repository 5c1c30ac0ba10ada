import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/*
 * All unit tests in one process: every *.test.js but those of e2e. A process for each, as `node --test` starts them,
 * takes ten times as long.
 */
const here = fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.js") && !relative(here, join(here, file)).startsWith(`e2e${sep}`))
  .toSorted();
if (files.length === 0) throw new Error(`no tests in ${here}`);
for (const file of files) await import(pathToFileURL(join(here, file)).href);
