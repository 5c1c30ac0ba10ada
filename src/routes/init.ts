import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { FastTsError } from "../errors.ts";
import { copyDeclarations } from "./type-declarations.ts";

/** What `initRoutes` did; all paths are absolute. */
export interface InitReport {
  readonly dir: string;
  readonly written: readonly string[];
  /** The user's own files, which were there already and are as they were. */
  readonly kept: readonly string[];
  /** What the user has to do himself. */
  readonly advice: string | null;
}

/**
 * Makes a directory ready for route files: a `tsconfig.json` and an example with its test where there are none, and a copy of
 * FastTS's type declarations in `.fast-ts/types`, so that an editor knows `fast-ts` wherever the directory lies.
 * To be called again after an upgrade of FastTS: the copy is made anew.
 *
 * @throws FastTsError `FTS_ROUTES` when the directory cannot be made or written to.
 */
export async function initRoutes(path: string): Promise<InitReport> {
  const dir = resolve(path);
  const types = join(dir, ".fast-ts", "types");
  const project = join(dir, "tsconfig.json");
  const example = join(dir, "first.ts");
  const test = join(dir, "first.test.ts");
  try {
    await mkdir(dir, { recursive: true });
    await rm(types, { recursive: true, force: true });
    await copyDeclarations(types);
    const isNewProject = await writeNew(project, tsconfig(dir));
    const isNewExample = await writeNew(example, EXAMPLE);
    // A first.ts of the user's own would not do what the example's test expects.
    const isNewTest = isNewExample && (await writeNew(test, EXAMPLE_TEST));
    return {
      dir,
      written: [
        types,
        ...(isNewProject ? [project] : []),
        ...(isNewExample ? [example] : []),
        ...(isNewTest ? [test] : []),
      ],
      kept: [...(isNewProject ? [] : [project]), ...(isNewExample ? [] : [example])],
      advice: (await readFile(project, "utf8")).includes(".fast-ts/types")
        ? null
        : `in ${project}, set compilerOptions.paths to ${JSON.stringify(PATHS)}`,
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FastTsError("FTS_ROUTES", `route directory ${dir}: cannot be made ready: ${reason}`, { cause });
  }
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

function tsconfig(dir: string): string {
  const types = hasNodeTypes(dir)
    ? `"lib": ["ES2023"],
    "types": ["node"],`
    : `// For console, fetch and URL; with @types/node installed here, write "types": ["node"] in place of "DOM".
    "lib": ["ES2023", "DOM"],`;
  return `// For the editor: written by "fast-ts init", which also makes .fast-ts. FastTS itself runs without it.
{
  "compilerOptions": {
    "target": "ES2023",
    ${types}
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

function hasNodeTypes(dir: string): boolean {
  try {
    createRequire(join(dir, "_.ts")).resolve("@types/node/package.json");
    return true;
  } catch {
    return false;
  }
}

/** Writes a file unless there is one of that name; says whether it did. */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}
