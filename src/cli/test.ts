import { open, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SystemClock } from "../core/clock.ts";
import { FastTsError } from "../errors.ts";
import { readNumber } from "../option-kinds.ts";
import { watchRoutes } from "../routes/watch.ts";
import { stopSignal } from "./stop-signals.ts";
import { findTests } from "./test-files.ts";
import { runTests, type TestRunOptions } from "./test-run.ts";

/** What the flags of `fast-ts test` say. */
export interface TestFlags extends Omit<TestRunOptions, "timeout"> {
  /** Seconds, as they were written. */
  readonly timeout: string;
  /** Runs again whenever something changes, until a signal. */
  readonly watch: boolean;
}

/** A day. */
const MAX_TIMEOUT_SECONDS = 86_400;

/**
 * `fast-ts test [PATHS]`: runs test files; 1 when a test fails.
 *
 * @throws FastTsError `FTS_OPTION` when a name is no regular expression, or the timeout is not a number > 0; `FTS_TEST`
 * when the destination cannot be written.
 */
export async function testCommand(paths: readonly string[], flags: TestFlags): Promise<number> {
  for (const name of flags.name ?? []) checkPattern(name);
  const options = { ...flags, timeout: secondsOf(flags.timeout) };
  await checkDestination(flags.reporterDestination);
  const ended = new AbortController();
  void stopSignal(() => process.exit(1)).then(() => ended.abort());
  if (flags.watch) return watchTests(paths, options, ended.signal);
  return (await runTests(await findTests(paths), options, ended.signal)).code;
}

async function watchTests(paths: readonly string[], options: TestRunOptions, ended: AbortSignal): Promise<number> {
  const clock = new SystemClock();
  let changed = new AbortController();
  const directories = new Set(await Promise.all(paths.map(directoryOf)));
  const watches = await Promise.all([...directories].map((dir) => watchRoutes(dir, () => changed.abort(), { clock })));
  while (!ended.aborted) {
    changed = new AbortController();
    const stop = AbortSignal.any([ended, changed.signal]);
    for (const watch of watches) await watch.add(await runOnce(paths, options, stop));
    if (stop.aborted) continue;
    console.log("watching for changes, Ctrl-C ends");
    await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve()));
  }
  for (const watch of watches) await watch.close();
  clock.stop();
  return 0;
}

/** Returns what the tests were made of. */
async function runOnce(
  paths: readonly string[],
  options: TestRunOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    return (await runTests(await findTests(paths), options, signal)).inputs;
  } catch (thrown) {
    // The tests may come back.
    if (!(thrown instanceof FastTsError)) throw thrown;
    console.error(`fast-ts: ${thrown.message}`);
    return [];
  }
}

function secondsOf(text: string): number {
  const seconds = readNumber(text);
  if (typeof seconds === "number" && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  const must = `must be a number of seconds > 0 and <= ${MAX_TIMEOUT_SECONDS}`;
  throw new FastTsError("FTS_OPTION", `--timeout: ${must}, got ${JSON.stringify(text)}`);
}

function checkPattern(name: string): void {
  try {
    new RegExp(name);
  } catch (cause) {
    const message = `--name: must be a regular expression, got ${JSON.stringify(name)}`;
    throw new FastTsError("FTS_OPTION", message, { cause });
  }
}

/** Node would end with a stack, without reporting any test. */
async function checkDestination(path: string): Promise<void> {
  if (path === "stdout" || path === "stderr") return;
  try {
    await (await open(path, "a")).close();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FastTsError("FTS_TEST", `--reporter-destination: cannot be written: ${reason}`, { cause });
  }
}

async function directoryOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ? resolve(path) : dirname(resolve(path));
}
