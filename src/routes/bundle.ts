import { resolve, sep } from "node:path";
import { type BuildOptions, build, type Message, type Plugin, stop } from "esbuild";
import { didYouMean } from "../core/did-you-mean.ts";
import { kindOf } from "./directory.ts";
import type { PackageModules } from "./package-modules.ts";
import { type Problem, problemOfFile } from "./problem.ts";
import { TIMER_FUNCTIONS } from "./route-timers.ts";

/** One route file and all it imports, as a single CommonJS script. */
export interface Bundle {
  readonly code: string;
  /** Source map; its `sources` are absolute. */
  readonly map: string;
  /** Absolute paths of everything it was built from, the route file first. */
  readonly inputs: readonly string[];
  readonly warnings: readonly Problem[];
}

/** Where to find a route directory: `dir` as the user names it, `real` with links resolved. */
export interface Root {
  readonly dir: string;
  readonly real: string;
  /** Take a linked file for one of the place where the link is, as a Kubernetes ConfigMap wants it. */
  readonly keepLinks: boolean;
}

/** What becomes of a file: how its code will run, and what messages call it. */
export interface Form {
  readonly noun: string;
  readonly options: Pick<BuildOptions, "format" | "supported" | "define" | "banner">;
  /** The name by which the code will ask for a module of the package. */
  readonly outside: (module: string) => string;
}

/** Compiles one file, or says why not. `modules` stay outside: there is one instance of each. */
export async function bundle(
  name: string,
  root: Root,
  modules: PackageModules,
  form: Form = ROUTE,
): Promise<Bundle | readonly Problem[]> {
  const options = {
    ...OPTIONS,
    ...form.options,
    absWorkingDir: root.real,
    entryPoints: [resolve(root.real, name)],
    outfile: resolve(root.real, `${name}.js`),
    preserveSymlinks: root.keepLinks,
    plugins: [packagePlugin(modules, form)],
  } satisfies BuildOptions;
  const result = await build(options).catch((error: unknown) => failureMessages(error));
  const problem = (severity: Problem["severity"]) => (message: Message) =>
    toProblem(message, name, root, severity, (text) => inPlainWords(text, modules, form));
  if (Array.isArray(result)) return result.map(problem("error"));
  const warnings = result.warnings.map(problem("warning"));
  const isMissing = result.warnings.map(({ text }) => MISSING_EXPORT.test(text));
  if (isMissing.includes(true))
    return warnings.map((warning, at) => (isMissing[at] ? { ...warning, severity: "error" } : warning));
  const inputs = Object.keys(result.metafile.inputs).filter((input) => !/^(fast-ts|\(disabled\)):/.test(input));
  return {
    code: result.outputFiles.find((file) => file.path.endsWith(".js"))?.text ?? "",
    map: withAbsoluteSources(result.outputFiles.find((file) => file.path.endsWith(".map"))?.text ?? "{}", root),
    inputs: [...new Set([resolve(root.dir, name), ...inputs.map((input) => userPath(input, root))])],
    warnings,
  };
}

/** Ends the compiler's own process; the next bundle starts it again. It does not keep this process alive. */
export async function dispose(): Promise<void> {
  await stop();
}

/** The message for a pipe, a socket or a device. */
export const ODD = "it is no regular file";

const OPTIONS = {
  bundle: true,
  write: false,
  platform: "node",
  target: "node20",
  sourcemap: "external",
  metafile: true,
  charset: "utf8",
  logLevel: "silent",
  logLimit: 0,
} satisfies BuildOptions;

/** A route file is a script: nothing holds it once its pipelines are gone. */
const ROUTE: Form = {
  noun: "route file",
  options: {
    format: "cjs",
    // Modules are strict, and the compiler does not say so: what is assigned to frozen things must throw.
    banner: { js: '"use strict";' },
    // Scripts have no loader for import(): as a require of the same, it finds the same modules.
    supported: { "dynamic-import": false },
    define: {
      "import.meta.url": "__fileurl",
      "import.meta.filename": "__filename",
      "import.meta.dirname": "__dirname",
      // Timers end with the file that starts them.
      ...Object.fromEntries(
        TIMER_FUNCTIONS.flatMap((name) =>
          [name, `globalThis.${name}`, `global.${name}`].map((word) => [word, `__timers.${name}`]),
        ),
      ),
    },
  },
  outside: (module) => module,
};

/**
 * Keeps the package's modules outside of the bundle, whatever `node_modules` holds, yet shows the compiler their names: a name
 * that is not there becomes an error with its place, where a plain external would be `undefined` at run time.
 */
function packagePlugin(modules: PackageModules, { noun, outside }: Form): Plugin {
  return {
    name: "fast-ts",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^fast-ts(\/|$)/ }, ({ path, namespace }) => {
        if (namespace === "fast-ts") return { path: outside(path), external: true };
        if (Object.hasOwn(modules, path)) return { path, namespace: "fast-ts" };
        return {
          errors: [{ text: `a ${noun} cannot import "${path}"; it may import ${quoted(Object.keys(modules))}` }],
        };
      });
      onLoad({ filter: /.*/, namespace: "fast-ts" }, ({ path }) => ({
        contents: `export { ${Object.keys(modules[path] ?? {}).join(", ")} } from ${JSON.stringify(path)};`,
      }));
      // A named pipe would be read forever.
      onLoad({ filter: /.*/, namespace: "file" }, async ({ path }) =>
        (await kindOf(path)) === "odd" ? { errors: [{ text: `cannot read ${path}: ${ODD}` }] } : null,
      );
      // A native add-on is loaded from where it is.
      onResolve({ filter: /\.node$/ }, ({ path, resolveDir }) => ({
        path: /^\.{0,2}\//.test(path) ? resolve(resolveDir, path) : path,
        external: true,
      }));
    },
  };
}

function failureMessages(error: unknown): Message[] {
  if (error instanceof Error && "errors" in error && Array.isArray(error.errors)) return error.errors;
  throw error;
}

function toProblem(
  { text, location }: Message,
  name: string,
  root: Root,
  severity: Problem["severity"],
  words: (text: string) => string,
): Problem {
  const message = words(text);
  if (location === null) return { ...problemOfFile(resolve(root.dir, name), message), severity };
  const { file, line, column, lineText } = location;
  const encoding = encodingProblem(text, line, column);
  if (encoding !== null)
    return { file: userPath(file, root), line, column: column + 1, message: encoding, source: null, severity };
  // The compiler counts columns in bytes.
  const before = Buffer.from(lineText).subarray(0, column).toString().length;
  return { file: userPath(file, root), line, column: before + 1, message, source: lineText, severity };
}

/** What the compiler stumbles over in a file that is no text in UTF-8; `null`: something else. */
function encodingProblem(text: string, line: number, column: number): string | null {
  const [, found = ""] = /"\\x(00|fe|ff)"/.exec(text) ?? [];
  if (found === "00") return "there is a NUL byte here: the file may be in UTF-16, or damaged; save it as UTF-8";
  if (found === "" || line !== 1 || column !== 0) return null;
  return `is in UTF-16 (${found === "ff" ? "little" : "big"}-endian, by its first bytes): save it as UTF-8`;
}

// A name that is not among a module's: imported by itself, and taken from the whole module, which is only a warning.
const MISSING_IMPORT = /^No matching export in "fast-ts:(?<module>.+)" for import "(?<name>.+)"$/;
const MISSING_EXPORT = /^[Ii]mport "(?<name>.+)" will always be undefined .* "fast-ts:(?<module>.+)"$/;

function inPlainWords(text: string, modules: PackageModules, { noun }: Form): string {
  const { module, name } = (MISSING_IMPORT.exec(text) ?? MISSING_EXPORT.exec(text))?.groups ?? {};
  if (module !== undefined && name !== undefined) {
    const meant = didYouMean(name, Object.keys(modules[module] ?? {}));
    return `"${module}" has no export "${name}"${meant === null ? "" : `; did you mean "${meant}"?`}`;
  }
  const [, path = ""] = /^Could not resolve "(.+)"$/.exec(text) ?? [];
  if (/^\.{0,2}\//.test(path)) return `cannot find ${path}: there is no such file`;
  if (path !== "") return `cannot find the package "${path}": install it in the route directory, npm install ${path}`;
  if (text.startsWith("Top-level await")) return `a ${noun} cannot await outside of a function: await in a stage`;
  const lower = text.charAt(0).toLowerCase() + text.slice(1);
  return /^(Expected|Unexpected|Unterminated|Syntax error)/.test(text) ? `syntax error: ${lower}` : lower;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(" and ");
}

/** An absolute path in the user's words: what lies in the real directory is named by the way he came. */
function userPath(path: string, { dir, real }: Root): string {
  const absolute = resolve(real, path);
  return absolute.startsWith(real + sep) ? dir + absolute.slice(real.length) : absolute;
}

/** The compiler writes sources as relative URLs; everybody else here speaks of files. */
function withAbsoluteSources(text: string, root: Root): string {
  const map: { sources?: string[] } = JSON.parse(text);
  const sources = (map.sources ?? []).map((source) =>
    source.startsWith("fast-ts:") ? source : userPath(decodeURIComponent(source), root),
  );
  return JSON.stringify({ ...map, sources });
}
