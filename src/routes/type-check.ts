import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { FastTsError } from "../errors.ts";
import { parseDiagnostics } from "./diagnostic.ts";
import { kindOf } from "./directory.ts";
import { findPackage, OWN_DIR } from "./installed-package.ts";
import type { Problem } from "./problem.ts";
import { type OwnConfig, typeConfig } from "./type-config.ts";

export interface TypeCheckOptions {
  /**
   * Absolute paths of files to leave out: with a syntax error in one file, the compiler says nothing about the types
   * in any. @default none
   */
  readonly except?: readonly string[];
}

/**
 * Type-checks every TypeScript file directly in a route directory, tests and `_*.ts` included, with the TypeScript
 * that is installed beside FastTS or, failing that, beside the routes; `null` when there is neither.
 *
 * The directory's own `tsconfig.json`, if there is one, is respected but for what concerns finding `fast-ts`; without
 * one, the check is strict. Node's types are known: those installed beside the routes or, failing that, FastTS's own.
 */
export async function typeCheck(
  path: string,
  { except = [] }: TypeCheckOptions = {},
): Promise<readonly Problem[] | null> {
  const dir = resolve(path);
  const compiler = findPackage("typescript", OWN_DIR, dir);
  if (compiler === null) return null;
  const names = await readdir(dir);
  // Emacs locks a file by a hidden link to nowhere, `.#a.ts`.
  const all = names.filter((name) => name.endsWith(".ts") && !name.startsWith(".")).map((name) => join(dir, name));
  const kinds = await Promise.all(all.map(kindOf));
  const files = all.filter((file, at) => kinds[at] === "file" && !except.includes(file));
  if (files.length === 0) return [];
  const tsc = join(compiler, "bin", "tsc");
  const temporary = await mkdtemp(join(tmpdir(), "fast-ts-check-"));
  try {
    const project = join(temporary, "tsconfig.json");
    const own = names.includes("tsconfig.json") ? await readOwnConfig(tsc, join(dir, "tsconfig.json")) : null;
    await writeFile(project, JSON.stringify(typeConfig(dir, own, files)));
    const output = await run(tsc, ["--noEmit", "--pretty", "false", "-p", project], dir);
    return await parseDiagnostics(output, dir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function readOwnConfig(tsc: string, file: string): Promise<OwnConfig> {
  const shown = await run(tsc, ["--showConfig", "-p", file], dirname(file));
  try {
    const { paths, types, typeRoots } = JSON.parse(shown).compilerOptions ?? {};
    return { file, paths, types, typeRoots };
  } catch {
    // The file is broken, and the check itself will say where.
    return { file };
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
