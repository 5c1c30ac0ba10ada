import { initRoutes } from "../routes/init.ts";
import { shortPath } from "../routes/problem.ts";

/** `fast-ts init DIR`: makes a directory ready for route files, and says what to do next. */
export async function initCommand(path: string): Promise<number> {
  const { dir, written, kept, advice } = await initRoutes(path);
  const short = (file: string): string => shortPath(file, process.cwd());
  for (const file of written) console.log(`wrote  ${short(file)}`);
  for (const file of kept) console.log(`kept   ${short(file)}`);
  for (const todo of advice) console.log(`to do  ${todo}`);
  console.log(
    `next   fast-ts check ${short(dir)} && fast-ts test ${short(dir)} && fast-ts start --route-dir ${short(dir)}`,
  );
  return 0;
}
