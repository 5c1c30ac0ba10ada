import { dirname } from "node:path";
import { SystemClock } from "../core/clock.ts";
import { watchRoutes } from "../routes/watch.ts";
import { findTests } from "./test-files.ts";
import { runTests, type TestRunOptions } from "./test-run.ts";

/** What the flags of `fast-ts test` say. */
export interface TestFlags extends TestRunOptions {
  /** Runs again whenever something changes, until a signal. */
  readonly watch: boolean;
}

/** `fast-ts test [PATHS]`: runs test files; 1 when a test fails. */
export async function testCommand(paths: readonly string[], flags: TestFlags): Promise<number> {
  const files = await findTests(paths);
  if (flags.watch) return watchTests(paths, flags, files);
  return (await runTests(files, flags, new AbortController().signal)).code;
}

async function watchTests(paths: readonly string[], flags: TestFlags, files: readonly string[]): Promise<number> {
  const clock = new SystemClock();
  let isOver = false;
  let round = new AbortController();
  const again = (): void => round.abort();
  const directories = [...new Set(files.map((file) => dirname(file)))];
  const watches = await Promise.all(directories.map((dir) => watchRoutes(dir, again, { clock })));
  process.once("SIGINT", () => {
    isOver = true;
    again();
  });
  while (!isOver) {
    round = new AbortController();
    const { inputs } = await runTests(await findTests(paths), flags, round.signal);
    for (const watch of watches) await watch.add(inputs);
    if (round.signal.aborted) continue;
    console.log("watching for changes, Ctrl-C ends");
    await new Promise<void>((resolve) => round.signal.addEventListener("abort", () => resolve()));
  }
  for (const watch of watches) await watch.close();
  clock.stop();
  return 0;
}
