import { SystemClock } from "../core/clock.ts";
import { checkRoutes } from "../routes/check.ts";
import { formatProblem } from "../routes/problem.ts";

/** `fast-ts check [DIR]`: every problem of the route files with its place, or one line when all is well. */
export async function checkCommand(path: string): Promise<number> {
  const { dir, files, pipelines, problems, isTypeChecked } = await checkRoutes(path, new SystemClock());
  for (const problem of problems) console.log(formatProblem(problem, process.cwd()));
  if (files.length === 0) console.log(`warning: no route file in ${dir}: events would go nowhere; add a *.ts there`);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    const wrong = new Set(errors.map(({ file }) => file)).size;
    console.log(`${plural(errors.length, "error")} in ${plural(wrong, "file")}`); // of tests and `_*.ts`, too
    return 1;
  }
  const types = isTypeChecked ? "" : ", types not checked: the package typescript is not installed";
  console.log(`${plural(pipelines.length, "pipeline")} in ${plural(files.length, "route file")}: ok${types}`);
  return 0;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
