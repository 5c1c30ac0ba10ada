import { basename } from "node:path";
import { Readable } from "node:stream";
import type { EventData } from "node:test";
import { junit, spec, type TestEvent, tap } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const [, , name, ...files] = process.argv;

/** One of node:test's own reporters, showing the user's files instead of the modules compiled from them. */
export default async function* report(source: AsyncGenerator<TestEvent, void>): AsyncGenerator<string, void> {
  if (name === "tap") yield* tap(inUsersWords(source));
  else if (name === "junit") yield* junit(inUsersWords(source));
  else yield* Readable.from(inUsersWords(source)).compose(new spec());
}

async function* inUsersWords(source: AsyncGenerator<TestEvent, void>): AsyncGenerator<TestEvent, void> {
  let ran = 0;
  let begun: TestEvent | null = null;
  for await (const event of source) {
    const { type, data } = event;
    if (data !== undefined && "file" in data) locate(data);
    if (type === "test:start") {
      if (begun !== null) yield begun;
      begun = event;
      continue;
    }
    if (type === "test:pass" || type === "test:fail") {
      // Not selected by --name: listing it would hide the selected ones. TAP counts them.
      const isNotAskedFor = name !== "tap" && data.skip === "test name does not match pattern";
      if (begun !== null && !isNotAskedFor) yield begun;
      begun = null;
      if (isNotAskedFor) continue;
      if (data.details.type !== "suite" && data.skip === undefined) ran++;
    }
    if (type === "test:fail") tidy(data.details.error.cause);
    yield event;
  }
  if (ran > 0) return;
  process.stderr.write("fast-ts: no test ran: no name matches, or the files hold none\n");
  process.exitCode = 1;
}

/** Removes what is not the user's: the frames of FastTS and Node, and what the message already says. */
function tidy(thrown: unknown): void {
  if (!(thrown instanceof Error) || typeof thrown.stack !== "string") return;
  const lines = thrown.stack.split("\n");
  const own = lines.filter((line) => !/^ +at /.test(line) || !NOT_THE_USERS.some((path) => line.includes(path)));
  if (own.some((line) => /^ +at /.test(line))) thrown.stack = own.join("\n");
  for (const key of ["generatedMessage", "operator", "actual", "expected", "diff"])
    if (Object.hasOwn(thrown, key)) Object.defineProperty(thrown, key, { enumerable: false });
  tidy(thrown.cause);
}

const NOT_THE_USERS = [
  "node:internal/",
  "node:async_hooks",
  "(<anonymous>)",
  ...["../", "../../../src/"].map((path) => fileURLToPath(new URL(path, import.meta.url))),
];

/** What a file throws outside of its tests is told as a test of its name, which stands in our own file. */
function locate(data: EventData.LocationInfo & { readonly name?: string }): void {
  const whole = files.find((one) => basename(one) === data.name);
  if (whole === undefined || !OUR_TEST.test(data.file ?? "")) return;
  data.file = whole;
  data.line = 1;
  data.column = 1;
}

const OUR_TEST = /[\\/]cli[\\/]test-process\.[jt]s$/;
