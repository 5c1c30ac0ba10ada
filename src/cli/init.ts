import { basename } from "node:path";
import { initRoutes } from "../routes/init.ts";
import { findPackage } from "../routes/installed-package.ts";
import { shortPath } from "../routes/problem.ts";
import { shellWord } from "../text/shell-word.ts";

/** `fast-ts init DIR`: makes a directory ready for route files, and says what to do next. */
export async function initCommand(path: string): Promise<number> {
  const { dir, written, kept, advice } = await initRoutes(path);
  const short = (file: string): string => shortPath(file, process.cwd());
  for (const file of written) console.log(`wrote  ${short(file)}`);
  for (const file of kept) console.log(`kept   ${short(file)}`);
  for (const todo of advice) console.log(`to do  ${todo}`);
  const [run, where] = [ownCommand(), shellWord(short(dir))];
  console.log(`next   ${run} check ${where} && ${run} test ${where} && ${run} start --route-dir ${where}`);
  return 0;
}

/** What runs this command again, from where it ran now: `npx fast-ts` alone may find nothing, or somebody else's package. */
function ownCommand(): string {
  const { npm_command, npm_config_package: spec } = process.env;
  const [, script = ""] = process.argv;
  // In a project of its own, npx alone finds the command.
  if (npm_command === "exec") {
    if (findPackage("fast-ts", process.cwd()) !== null) return "npx fast-ts";
    return `npx --package ${shellWord(spec || "TARBALL")} fast-ts`;
  }
  return basename(script) === "fast-ts" ? "fast-ts" : `node ${shellWord(shortPath(script, process.cwd()))}`;
}
