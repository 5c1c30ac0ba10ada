import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as main from "../index.ts";
import { type CompiledTest, compileTest } from "../routes/compile-test.ts";
import { formatProblem, type Problem } from "../routes/problem.ts";
import * as testing from "../testing/index.ts";

/** How tests are run and told of. */
export interface TestRunOptions {
  readonly reporter: string;
  /** A file, or `stdout`. */
  readonly reporterDestination: string;
  /** Runs only the tests whose names match this regular expression. */
  readonly name?: string | undefined;
}

/** What came of it. */
export interface TestRun {
  readonly code: number;
  /** Absolute paths of all that the tests were made of, as far as known. */
  readonly inputs: readonly string[];
}

/** Compiles test files, and runs them in one process of its own, until that ends or `signal` is aborted. */
export async function runTests(
  files: readonly string[],
  { reporter, reporterDestination, name }: TestRunOptions,
  signal: AbortSignal,
): Promise<TestRun> {
  const temporary = await mkdtemp(join(tmpdir(), "fast-ts-test-"));
  try {
    const modules: string[] = [];
    const inputs = new Set(files);
    for (const [at, file] of files.entries()) {
      const compiled = await compileTest(file, DOORS, URLS);
      const module = join(temporary, `${at}-${basename(file)}.mjs`);
      if ("code" in compiled) for (const input of compiled.inputs) inputs.add(input);
      await writeModule(module, "code" in compiled ? compiled : brokenTest(compiled));
      modules.push(module, file);
    }
    const child = spawn(
      process.execPath,
      [
        "--enable-source-maps",
        `--test-reporter=${REPORTER}`,
        `--test-reporter-destination=${reporterDestination}`,
        ...(name === undefined ? [] : [`--test-name-pattern=${name}`]),
        PROCESS,
        reporter,
        ...modules,
      ],
      { stdio: "inherit" },
    );
    const stop = (): boolean => child.kill();
    signal.addEventListener("abort", stop);
    const [code] = await once(child, "exit");
    signal.removeEventListener("abort", stop);
    return { code: code ?? 1, inputs: [...inputs] };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

const here = (path: string): string => new URL(path, import.meta.url).href;
const PROCESS = fileURLToPath(here("./test-process.js"));
const REPORTER = here("./test-reporter.js");
/** What a test may import by the package's name, and where that is. */
const DOORS = { "fast-ts": main, "fast-ts/testing": testing };
const URLS = { "fast-ts": here("../index.js"), "fast-ts/testing": here("../testing/index.js") };

async function writeModule(path: string, { code, map }: Pick<CompiledTest, "code" | "map">): Promise<void> {
  await writeFile(path, `${code}\n//# sourceMappingURL=${basename(path)}.map\n`);
  const parsed: { readonly sources: readonly string[] } = JSON.parse(map);
  // Node takes sources for URLs.
  const sources = parsed.sources.map((source) => (source.startsWith("/") ? pathToFileURL(source).href : source));
  await writeFile(`${path}.map`, JSON.stringify({ ...parsed, sources }));
}

/** A file that does not compile fails as a test does, so that every reporter tells of it. */
function brokenTest(problems: readonly Problem[]): Pick<CompiledTest, "code" | "map"> {
  const text = problems.map((problem) => formatProblem(problem, process.cwd())).join("\n");
  const frames = problems.map(({ file, line, column }) => `\n    at ${file}:${line ?? 1}:${column ?? 1}`);
  const stack = `${text}${frames.join("")}`;
  const code = `throw Object.assign(new Error(${JSON.stringify(text)}), { stack: ${JSON.stringify(stack)} });`;
  return { code, map: '{ "version": 3, "sources": [], "mappings": "" }' };
}
