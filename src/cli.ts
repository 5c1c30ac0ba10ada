#!/usr/bin/env node
import { outOfFiles } from "./system/open-files.ts";

try {
  const { main } = await import("./cli/main.ts");
  process.exit(await main(process.argv.slice(2)));
} catch (thrown) {
  const problem = outOfFiles(thrown);
  if (problem === null) throw thrown;
  console.error(`fast-ts: ${problem}`);
  process.exit(1);
}
