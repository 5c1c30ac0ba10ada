import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { isRouteName, type Listing } from "./directory.ts";
import { type Problem, problemOfFile } from "./problem.ts";

/**
 * What lies in a route directory, looks as if it should declare pipelines, and does not: directories with route files in
 * them, and code in files of other endings. What routes are made of, `inputs`, is left out.
 */
export async function passedOver({ dir, names }: Listing, inputs: ReadonlySet<string>): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const warn = (path: string, message: string) =>
    problems.push({ ...problemOfFile(path, message), severity: "warning" });
  for (const name of names.filter((one) => !ASIDE.test(one))) {
    const path = join(dir, name);
    if (OTHER_CODE.test(name) && !inputs.has(path))
      warn(path, "is passed over, for its name does not end with .ts: rename it, or import it in a route file");
    else if ((await holdsRoutes(path)) && ![...inputs].some((input) => input.startsWith(path + sep)))
      warn(path, "is a directory and passed over: move its route files up, or import them in one");
  }
  return problems;
}

/** Names of what is not meant to be a route: hidden, to be imported, tests, settings of tools. */
const ASIDE = /^[._]|^(node_modules|tests?|__tests__)$|\.(test|spec|config|d)\.[^.]+$/;
const OTHER_CODE = /\.([cm][jt]s|js|[jt]sx)$/;

async function holdsRoutes(path: string): Promise<boolean> {
  // Most are files: reading them as a directory fails at once.
  const names = await readdir(path).catch(() => []);
  return names.some(isRouteName);
}
