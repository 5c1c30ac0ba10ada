#!/usr/bin/env node
import { outOfFiles } from "./system/open-files.ts";

const words = process.argv.slice(2);
// Who reads the output may have enough of it, as `head` has. The daemon goes on without.
if (words[0] !== "start")
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
try {
  const { main } = await import("./cli/main.ts");
  process.exit(await main(words));
} catch (thrown) {
  const problem = outOfFiles(thrown);
  if (problem === null) throw thrown;
  console.error(`fast-ts: ${problem}`);
  process.exit(1);
}
