import { initRoutes } from "../routes/init.ts";
import { shortPath } from "../routes/problem.ts";

/** `fast-ts init DIR`: makes a directory ready for route files, and says what to do next. */
export async function initCommand(path: string): Promise<number> {
  const { dir, written, kept, advice } = await initRoutes(path);
  const short = (file: string): string => shortPath(file, process.cwd());
  for (const file of written) console.log(`wrote  ${short(file)}`);
  for (const file of kept) console.log(`kept   ${short(file)}`);
  for (const todo of advice) console.log(`to do  ${todo}`);
  // In a project of its own, npx alone finds the command.
  const run = process.env.npm_command === "exec" ? "npx fast-ts" : "fast-ts";
  console.log(
    `next   ${run} check ${short(dir)} && ${run} test ${short(dir)} && ${run} start --route-dir ${short(dir)}`,
  );
  return 0;
}
