import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { FastTsError } from "../errors.ts";
import { parseDiagnostics } from "./diagnostic.ts";
import { kindOf } from "./directory.ts";
import type { Problem } from "./problem.ts";

export interface TypeCheckOptions {
  /**
   * Absolute paths of files to leave out: with a syntax error in one file, the compiler says nothing about the types
   * in any. @default none
   */
  readonly except?: readonly string[];
}

/**
 * Type-checks every TypeScript file directly in a route directory, tests and `_*.ts` included, with the TypeScript
 * that is installed beside FastTS or, failing that, beside the routes; `"unavailable"` when there is neither.
 *
 * The directory's own `tsconfig.json`, if there is one, is respected but for what concerns finding `fast-ts`; without
 * one, the check is strict.
 */
export async function typeCheck(
  path: string,
  { except = [] }: TypeCheckOptions = {},
): Promise<readonly Problem[] | "unavailable"> {
  const dir = resolve(path);
  const compiler = find("typescript/package.json", dir);
  if (compiler === null) return "unavailable";
  const names = await readdir(dir);
  // Emacs locks a file by a hidden link to nowhere, `.#a.ts`.
  const all = names.filter((name) => name.endsWith(".ts") && !name.startsWith(".")).map((name) => join(dir, name));
  const kinds = await Promise.all(all.map(kindOf));
  const files = all.filter((file, at) => kinds[at] === "file" && !except.includes(file));
  if (files.length === 0) return [];
  const tsc = join(dirname(compiler), "bin", "tsc");
  const temporary = await mkdtemp(join(tmpdir(), "fast-ts-check-"));
  try {
    const project = join(temporary, "tsconfig.json");
    const own = names.includes("tsconfig.json") ? join(dir, "tsconfig.json") : null;
    const ownPaths = own === null ? {} : await pathsOf(tsc, own);
    await writeFile(project, JSON.stringify(config(dir, own, ownPaths, files)));
    const output = await run(tsc, ["--noEmit", "--pretty", "false", "-p", project], dir);
    return await parseDiagnostics(output, dir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const here = createRequire(import.meta.url);
const packageRoot = fileURLToPath(new URL("../../../", import.meta.url));

/** A file of a package: this package's own, or else the routes'. */
function find(id: string, dir: string): string | null {
  for (const from of [here, createRequire(join(dir, "_.ts"))]) {
    try {
      return from.resolve(id);
    } catch {
      // Not installed there.
    }
  }
  return null;
}

const PACKAGE_TYPES = {
  "fast-ts": [fileURLToPath(new URL("../index.d.ts", import.meta.url))],
  "fast-ts/testing": [fileURLToPath(new URL("../testing/index.d.ts", import.meta.url))],
};

/** What holds unless the directory's own `tsconfig.json` says something else. */
const DEFAULTS = {
  strict: true,
  target: "ES2023",
  module: "ESNext",
  moduleResolution: "bundler",
  esModuleInterop: true,
};

/** What must hold for the check to say the same as the compiler of the routes: any file is a module, nothing is written. */
const FORCED = {
  noEmit: true,
  composite: false,
  incremental: false,
  allowImportingTsExtensions: true,
  moduleDetection: "force",
  resolveJsonModule: true,
  skipLibCheck: true,
};

function config(dir: string, own: string | null, ownPaths: Paths, files: readonly string[]): object {
  return {
    ...(own === null ? {} : { extends: own }),
    compilerOptions: {
      ...(own === null ? DEFAULTS : {}),
      ...FORCED,
      ...nodeTypes(dir, own),
      paths: { ...ownPaths, ...PACKAGE_TYPES },
    },
    files,
    include: [],
  };
}

/** Node's types: those the directory's own configuration finds, or ours; a browser's are the nearest when there are none. */
function nodeTypes(dir: string, own: string | null): object {
  const found = find("@types/node/package.json", dir);
  if (found === null) return own === null ? { lib: ["ES2023", "DOM"] } : {};
  if (own !== null && !found.startsWith(packageRoot)) return {};
  const lib = own === null ? { lib: ["ES2023"] } : {};
  return { ...lib, typeRoots: [dirname(dirname(found)), join(dir, "node_modules", "@types")], types: ["node"] };
}

type Paths = Readonly<Record<string, readonly string[]>>;

/** The `paths` of the user's configuration, absolute: a list of ours would replace them. */
async function pathsOf(tsc: string, own: string): Promise<Paths> {
  const shown = await run(tsc, ["--showConfig", "-p", own], dirname(own));
  try {
    const paths: Paths = JSON.parse(shown).compilerOptions?.paths ?? {};
    const absolute = ([alias, places]: [string, readonly string[]]) => [
      alias,
      places.map((at) => resolve(dirname(own), at)),
    ];
    return Object.fromEntries(Object.entries(paths).map(absolute));
  } catch {
    // The file is broken, and the check itself will say where.
    return {};
  }
}

function run(tsc: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tsc, ...args], { cwd, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      // Findings are exit codes 1 and 2, and printed; anything else is a compiler that did not run.
      if (error === null || (typeof error.code === "number" && stdout !== "")) resolve(stdout);
      else
        reject(
          new FastTsError("FTS_ROUTES", `the TypeScript compiler ${tsc} does not run: ${stderr || error.message}`),
        );
    });
  });
}
