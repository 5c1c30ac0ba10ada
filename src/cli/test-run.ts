import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { FastTsError } from "../errors.ts";
import * as main from "../index.ts";
import { type CompiledTest, compileTest } from "../routes/compile-test.ts";
import { formatProblem, type Problem } from "../routes/problem.ts";
import * as testing from "../testing/index.ts";

/** How tests are run and reported. */
export interface TestRunOptions {
  readonly reporter: string;
  /** A file, or `stdout`. */
  readonly reporterDestination: string;
  /** Seconds > 0 that one test may take. */
  readonly timeout: number;
  /** Runs only the tests whose names match one of these regular expressions. */
  readonly name?: readonly string[] | undefined;
}

/** What came of it. */
export interface TestRun {
  readonly code: number;
  /** Absolute paths of all that the tests were made of, as far as known. */
  readonly inputs: readonly string[];
}

/**
 * Compiles test files, and runs them in one process of its own, until that ends or `signal` is aborted.
 *
 * @throws FastTsError `FTS_TEST` when there is no room for what is compiled.
 */
export async function runTests(
  files: readonly string[],
  { reporter, reporterDestination, timeout, name = [] }: TestRunOptions,
  signal: AbortSignal,
): Promise<TestRun> {
  const temporary = await newDirectory();
  try {
    const tests = await Promise.all(files.map((file, at) => prepare(file, join(temporary, String(at)))));
    const flags = [
      "--enable-source-maps",
      `--test-reporter=${REPORTER}`,
      `--test-reporter-destination=${reporterDestination}`,
      ...name.map((pattern) => `--test-name-pattern=${pattern}`),
    ];
    const words = [
      ...flags,
      PROCESS,
      reporter,
      String(timeout),
      ...tests.flatMap(({ file, module }) => [module, file]),
    ];
    return { code: await ended(words, signal), inputs: tests.flatMap(({ inputs }) => inputs) };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The exit code of a Node; 1 when a signal ended it. */
async function ended(words: readonly string[], signal: AbortSignal): Promise<number> {
  if (signal.aborted) return 1;
  // Set when a runner of tests runs this: its child would speak to that runner, in bytes.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, words, { stdio: "inherit", env });
  const stop = (): boolean => child.kill();
  signal.addEventListener("abort", stop);
  const [code, endedBy] = await once(child, "exit");
  signal.removeEventListener("abort", stop);
  if (endedBy !== null && !signal.aborted) console.error(`fast-ts: the tests' process was ended by ${endedBy}`);
  return code ?? 1;
}

function newDirectory(): Promise<string> {
  const parent = tmpdir();
  return mkdtemp(join(parent, "fast-ts-test-")).catch((cause: Error) => {
    const reason = `compiled tests cannot be written to ${parent}: ${cause.message}`;
    throw new FastTsError("FTS_TEST", `${reason}; name another directory with TMPDIR`, { cause });
  });
}

const here = (path: string): string => new URL(path, import.meta.url).href;
const PROCESS = fileURLToPath(here("./test-process.js"));
const REPORTER = here("./test-reporter.js");
/** What a test may import by the package's name, and where that is. */
const MODULES = { "fast-ts": main, "fast-ts/testing": testing };
const URLS = { "fast-ts": here("../index.js"), "fast-ts/testing": here("../testing/index.js") };

interface PreparedTest {
  readonly file: string;
  readonly module: string;
  readonly inputs: readonly string[];
}

async function prepare(file: string, stem: string): Promise<PreparedTest> {
  const compiled = await compileTest(file, MODULES, URLS);
  const { code, map, inputs } = "code" in compiled ? compiled : brokenTest(file, compiled);
  const module = `${stem}-${basename(file)}.mjs`;
  await writeFile(module, `${code}\n//# sourceMappingURL=${basename(module)}.map\n`);
  const parsed: { readonly sources: readonly string[] } = JSON.parse(map);
  // Node takes sources for URLs.
  const sources = parsed.sources.map((source) => (source.startsWith("/") ? pathToFileURL(source).href : source));
  await writeFile(`${module}.map`, JSON.stringify({ ...parsed, sources }));
  return { file, module, inputs };
}

/** A file that does not compile fails as a test does, so that every reporter shows it. */
function brokenTest(file: string, problems: readonly Problem[]): CompiledTest {
  const text = problems.map((problem) => formatProblem(problem, process.cwd())).join("\n");
  const frames = problems.map((at) => `\n    at ${at.file}:${at.line ?? 1}:${at.column ?? 1}`);
  const stack = `${text}${frames.join("")}`;
  const code = `throw Object.assign(new Error(${JSON.stringify(text)}), { stack: ${JSON.stringify(stack)} });`;
  return { code, map: '{ "version": 3, "sources": [], "mappings": "" }', inputs: [file] };
}
