import { relative } from "node:path";
import { initRoutes } from "../routes/init.ts";

/** `fast-ts init DIR`: makes a directory ready for route files, and says what to do next. */
export async function initCommand(path: string): Promise<number> {
  const { dir, written, kept, advice } = await initRoutes(path);
  const short = (file: string): string => relative(process.cwd(), file) || ".";
  for (const file of written) console.log(`wrote  ${short(file)}`);
  for (const file of kept) console.log(`kept   ${short(file)}`);
  if (advice !== null) console.log(`to do  ${advice}`);
  console.log(
    `next   fast-ts check ${short(dir)} && fast-ts test ${short(dir)} && fast-ts start --route-dir ${short(dir)}`,
  );
  return 0;
}
