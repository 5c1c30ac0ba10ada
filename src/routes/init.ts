import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeOf, FastTsError } from "../errors.ts";
import { makeDirectory } from "../system/make-directory.ts";
import { shellWord } from "../text/shell-word.ts";
import { findPackage, OWN_DIR } from "./installed-package.ts";
import { shortPath } from "./problem.ts";
import { copyDeclarations, copyNodeTypes } from "./type-declarations.ts";

/** What `initRoutes` did; all paths are absolute. */
export interface InitReport {
  readonly dir: string;
  readonly written: readonly string[];
  /** The user's own files, which were there already and are as they were. */
  readonly kept: readonly string[];
  /** What the user has to do himself. */
  readonly advice: readonly string[];
}

/**
 * Prepares a directory for route files: a `tsconfig.json` where there is none, an example with its test where there is no
 * `*.ts`, a copy of the type declarations of FastTS and, unless they are installed there, of Node in `.fast-ts`, so that an
 * editor knows `fast-ts` and Node wherever the directory lies; a `package.json` with TypeScript where neither the directory
 * nor one above it has one. Run it again after an upgrade of FastTS to renew the copies.
 *
 * @throws FastTsError `FTS_ROUTES` when the directory cannot be made or written to.
 */
export async function initRoutes(path: string): Promise<InitReport> {
  const dir = resolve(path);
  const [types, nodeTypes] = [join(dir, ".fast-ts", "types"), join(dir, ".fast-ts", "@types")];
  const [written, kept]: [string[], string[]] = [[types], []];
  const put = async (name: string, text: string): Promise<boolean> => {
    const file = join(dir, name);
    const isNew = await writeNew(file, text);
    (isNew ? written : kept).push(file);
    return isNew;
  };
  try {
    await makeDirectory(dir);
    const hasRoutes = (await readdir(dir)).some((name) => name.endsWith(".ts"));
    for (const old of [types, nodeTypes]) await rm(old, { recursive: true, force: true });
    await copyDeclarations(types);
    const isNodeKnown = findPackage("@types/node", dir) !== null;
    if (!isNodeKnown) written.push(await copyNodeTypes(nodeTypes));
    const project = await findProject(dir);
    if (project === null) await put("package.json", await manifest());
    await put("tsconfig.json", tsconfig(isNodeKnown));
    // Where there are routes the example would run among them, as after an upgrade in production.
    if (!hasRoutes) {
      await put("first.ts", EXAMPLE);
      await put("first.test.ts", EXAMPLE_TEST);
    }
    return { dir, written, kept, advice: [...(await adviceOnPaths(dir)), ...adviceOnTypeScript(dir, project)] };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FastTsError("FTS_ROUTES", `route directory ${dir}: cannot be made ready: ${reason}`, { cause });
  }
}

async function adviceOnPaths(dir: string): Promise<readonly string[]> {
  const project = join(dir, "tsconfig.json");
  const isThere = (await readFile(project, "utf8")).includes(".fast-ts/types");
  return isThere ? [] : [`in ${project}, set compilerOptions.paths to ${JSON.stringify(PATHS)}`];
}

/** @param project - The directory of the package that the routes are part of; null when it was made just now. */
function adviceOnTypeScript(dir: string, project: string | null): readonly string[] {
  const why = "TypeScript, with which fast-ts check checks types";
  if (project === null) return [`${inDirectory(dir, "npm i")}    # ${why}`];
  if (findPackage("typescript", OWN_DIR, dir) !== null) return [];
  return [`${inDirectory(project, "npm i --save-dev typescript")}    # ${why}`];
}

function inDirectory(dir: string, command: string): string {
  return dir === process.cwd() ? command : `cd ${shellWord(shortPath(dir, process.cwd()))} && ${command}`;
}

const PATHS = {
  "fast-ts": ["./.fast-ts/types/index.d.ts"],
  "fast-ts/testing": ["./.fast-ts/types/testing/index.d.ts"],
};

/** The route file of a new directory, of which docs/testing.md shows the test. */
export const EXAMPLE = `import { by, pipeline, rate, stdout } from "fast-ts";

// Every event that comes in goes through every pipeline, stage by stage.
// This one prints, for each service, the sum of its metrics per second, every 5 seconds.
pipeline("rates", [by("service", [rate(5)]), stdout()]);
`;

const EXAMPLE_TEST = `import { expectEvents, routes, test, wait } from "fast-ts/testing";

// fast-ts test runs it, in virtual time: nothing is waited for, and nothing is printed.
test("a rate is the sum of a service's metrics, per second", () => {
  const t = routes("./first.ts");
  t.inject([{ service: "web", metric: 10 }, { service: "db", metric: 5 }, { service: "web", metric: 20 }, wait(5)]);
  expectEvents(t.sinks.stdout, [
    { service: "web", metric: 6 },
    { service: "db", metric: 1 },
  ]);
});
`;

/** The directory of the package that a directory is part of: it has a `package.json`. */
async function findProject(dir: string): Promise<string | null> {
  if ((await stat(join(dir, "package.json")).catch(() => null)) !== null) return dir;
  return dirname(dir) === dir ? null : await findProject(dirname(dir));
}

/** A package of nothing but route files, with the TypeScript that FastTS is tested with. */
async function manifest(): Promise<string> {
  const { devDependencies } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"));
  const { typescript } = devDependencies;
  return `${JSON.stringify({ private: true, devDependencies: { typescript } }, null, 2)}\n`;
}

function tsconfig(isNodeKnown: boolean): string {
  const roots = `
    "typeRoots": ["./node_modules/@types", "./.fast-ts/@types"],`;
  return `// For the editor: written by "fast-ts init", which also makes .fast-ts. FastTS itself runs without it.
{
  "compilerOptions": {
    "target": "ES2023",
    "lib": ["ES2023"],
    "types": ["node"],${isNodeKnown ? "" : roots}
    "module": "ESNext",
    "moduleResolution": "bundler",
    "moduleDetection": "force",
    "allowImportingTsExtensions": true,
    "resolveJsonModule": true,
    "strict": true,
    "skipLibCheck": true,
    "noEmit": true,
    "paths": {
      "fast-ts": ${JSON.stringify(PATHS["fast-ts"])},
      "fast-ts/testing": ${JSON.stringify(PATHS["fast-ts/testing"])}
    }
  },
  "include": ["*.ts"]
}
`;
}

/** Writes a file unless there is one of that name; says whether it did. */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}
