import { AssertionError } from "node:assert";
import { basename } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { Event } from "../core/event.ts";
import { coerceError } from "../errors.ts";
import "../index.ts"; // as the time of the first test file, that to load FastTS would be the user's
import "../testing/index.ts";
import { gatherHints, takeHints } from "../testing/failure-hints.ts";

/*
 * Where the process of `fast-ts test` begins: its arguments are the reporter, how many seconds a test may take, then
 * each test file's module and name. One process for all: a process for each, as `node --test` starts them, takes a
 * second for three files.
 */
const { exit } = process;
process.stdout.on("error", () => exit(1)); // nobody reads on
// With 0 as its code, all that was yet to run would count as passed.
process.exit = (code) => {
  throw new Error(`calls process.exit(${code ?? ""}): a test must not end the process`);
};
const [, , , timeout, ...files] = process.argv;
const watchdog = new Worker(new URL("./test-watchdog.js", import.meta.url), {
  workerData: Number(timeout),
  execArgv: [],
});
watchdog.unref();
gatherHints();
beforeEach(async (context: unknown) => {
  await new Promise((resolve) => setImmediate(resolve)); // what was told of the others is printed, should this one loop
  watchdog.postMessage(nameOf(context));
});
afterEach((context: unknown) => {
  watchdog.postMessage(null);
  const notes = takeHints();
  if (!hasFailed(context)) return;
  const { error } = context;
  for (const note of new Set([...notes.map((say) => say()), noteOnAssertion(error), noteOnAssertion(error.cause)]))
    if (note !== null && !error.message.includes(note)) context.diagnostic(note);
});

interface Failed {
  readonly error: Error;
  diagnostic(message: string): void;
}

// Node 20 gives a hook the test's context, which its types do not know.
function hasFailed(context: unknown): context is Failed {
  return typeof context === "object" && context !== null && "error" in context && context.error instanceof Error;
}

function nameOf(context: unknown): string {
  const isNamed = typeof context === "object" && context !== null && "name" in context;
  return isNamed ? String(context.name) : "a test";
}

/** An event has ten fields: beside an object of some of them, all others are differences. */
function noteOnAssertion(thrown: unknown): string | null {
  if (!(thrown instanceof AssertionError) || !Array.isArray(thrown.actual)) return null;
  if (!thrown.actual.some((one) => one instanceof Event)) return null;
  return "expectEvents(actual, [{ … }]) of fast-ts/testing compares only the fields that you name, and shows what differs";
}

// A test of that name might not be asked for.
const isFiltered = process.execArgv.some((flag) => flag.startsWith("--test-name-pattern"));
for (let at = 0; at < files.length; at += 2) {
  const [module = "", file = ""] = files.slice(at, at + 2);
  try {
    watchdog.postMessage(basename(file));
    await import(pathToFileURL(module).href);
    watchdog.postMessage(null);
  } catch (thrown) {
    // What a file throws outside of its tests is a failure too, and the others run all the same.
    test(basename(file), () => {
      throw thrown;
    });
    if (!isFiltered) continue;
    console.error(`${coerceError(thrown).stack}\n`);
    process.exitCode = 1;
  }
}
