import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./sources.ts";

/** TypeScript that stands in comments or prose, compiled in one go as a user of the package would. */
export interface Compiled {
  /** What the compiler complains about; empty when all is well. */
  readonly complaints: string;
  /** The URL of a snippet's JavaScript, whose `fast-ts` is the one that runs here. */
  url(name: string): string;
  remove(): Promise<void>;
}

/** Compiles snippets, each a module: file names without ending, and their source. */
export async function compileSnippets(snippets: ReadonlyMap<string, string>): Promise<Compiled> {
  const dir = await mkdtemp(join(tmpdir(), "fast-ts-snippets-"));
  await mkdir(join(dir, "node_modules"));
  // The package as its users have it: found by its name, entered by its doors.
  await symlink(ROOT, join(dir, "node_modules", "fast-ts"));
  await writeFile(join(dir, "package.json"), '{ "type": "module" }');
  await writeFile(join(dir, "tsconfig.json"), JSON.stringify(CONFIG));
  for (const [name, source] of snippets) await writeFile(join(dir, `${name}.ts`), source);
  return {
    complaints: await tsc(dir),
    url: (name) => pathToFileURL(join(dir, `${name}.js`)).href,
    remove: () => rm(dir, { recursive: true }),
  };
}

const CONFIG = {
  compilerOptions: {
    target: "ES2023",
    lib: ["ES2023"],
    module: "NodeNext",
    moduleDetection: "force",
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    typeRoots: [join(ROOT, "node_modules", "@types")],
    types: ["node"],
  },
};

function tsc(dir: string): Promise<string> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "--pretty", "false", "-p", "."], { cwd: dir }, (error, stdout, stderr) =>
      resolve(error === null ? "" : `${stdout}${stderr}` || error.message),
    );
  });
}
