import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { checkRoutes } from "../../src/routes/check.ts";
import { formatProblem } from "../../src/routes/problem.ts";
import { routeDir } from "../routes/route-dir.ts";
import { silentClock } from "../routes/silent-clock.ts";
import { fastTs, fastTsHere } from "./fast-ts.ts";

const IMPORT = 'import { pipeline, rate, stdout } from "fast-ts";\n';

test("a check says each thing once, by file and line, from whichever part found it first", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": `${IMPORT}pipeline("a", [rate("5"), stdout]);\nexport const x: number = "x";`,
    "b.ts": `${IMPORT}pipeline("b", [rate(5), stdout()]);`,
    "c.ts": `${IMPORT}pipeline("b", [rate(5), stdout()]);`,
    "d.ts": `${IMPORT}pipeline("d", [rate(5, stdout()]);\nconst = ;`,
    "e.ts": 'import { pipeline, ratee } from "fast-ts";\npipeline("e", [ratee(5)]);',
  });
  const { problems, files, pipelines, isTypeChecked } = await checkRoutes(dir, { clock: silentClock() });
  assert.deepEqual(
    problems.map((problem) => formatProblem(problem, dir).split(/\n/)[0]),
    [
      'a.ts:2:16: rate(interval): must be a number >= 0.001, got "5" (a string)',
      "a.ts:2:27: TS2322: Type '(options?: StdoutOptions | undefined) => Through<EventOrList>' is not assignable to type 'Stage<never, unknown> & Stage<Event, Event>'.",
      "a.ts:3:14: TS2322: Type 'string' is not assignable to type 'number'.",
      'c.ts:2:1: pipeline "b" is already declared at b.ts:2:1: give one of them another name',
      'd.ts:2:32: syntax error: expected ")" but found "]"',
      'e.ts:1:20: "fast-ts" has no export "ratee"; did you mean "rate"?',
    ],
  );
  assert.deepEqual(
    files,
    ["a.ts", "b.ts", "c.ts", "d.ts", "e.ts"].map((name) => join(dir, name)),
  );
  assert.deepEqual(
    pipelines.map(({ name }) => name),
    ["b", "b"],
  );
  assert.equal(isTypeChecked, true);
});

test("a warning does not hide a type error of its line, an error stands for the first one alone", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": 'import { pipeline, publish, sflatten } from "fast-ts";\npipeline("a", [publish("x"), sflatten()]);',
  });
  const { problems } = await checkRoutes(dir, { clock: silentClock() });
  assert.deepEqual(
    problems.map(({ severity, message }) => [severity, message.slice(0, 6)]),
    [
      ["warning", "pipeli"],
      ["error", "TS2322"],
    ],
  );
});

test("without TypeScript, or with types left out, all but types is checked", async (t) => {
  const dir = await routeDir(t, { "a.ts": `${IMPORT}const x: number = "x";\npipeline("a", [rate(5), stdout()]);` });
  const { problems, pipelines, isTypeChecked } = await checkRoutes(dir, { clock: silentClock(), types: false });
  assert.deepEqual([problems, pipelines.length, isTypeChecked], [[], 1, false]);
});

test("an empty directory is checked and found empty", async (t) => {
  const dir = await routeDir(t, {});
  const report = { dir, files: [], pipelines: [], problems: [], isTypeChecked: true };
  assert.deepEqual(await checkRoutes(dir, { clock: silentClock() }), report);
});

test("the sample routes are without fault", async () => {
  const { problems, pipelines } = await checkRoutes(resolve("routes"), { clock: silentClock() });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    pipelines.map(({ name }) => name),
    ["Alerts", "Basic pipeline", "Second pipeline"],
  );
});

test("an import of a named pipe is an error, of which nobody waits for the writer", async (t) => {
  const dir = await routeDir(t, { "a.ts": 'import "./_b.ts";', "_b.ts": 'export * from "./_f.ts";' });
  execFileSync("mkfifo", [join(dir, "_f.ts")]);
  const { problems } = await checkRoutes(dir, { clock: silentClock() });
  assert.deepEqual(
    problems.map((problem) => formatProblem(problem, dir).split(/\n/)[0]),
    [`_b.ts:1:15: cannot read ${join(dir, "_f.ts")}: it is no regular file`],
  );
});

test("the check goes by what start is to be given, as flags or variables", async (t) => {
  const dir = await routeDir(t, {
    "a.ts":
      'import { forward, pipeline, webhook } from "fast-ts";\npipeline("a", [webhook("http://127.0.0.1:1", { spill: true })]);\n' +
      'pipeline("b", [forward("127.0.0.1:7777")]);',
  });
  const check = async (...flags: string[]) => {
    const { code, out } = await fastTsHere(["check", dir, "--no-types", ...flags]);
    return [code, /which needs a directory/.test(out), /own port/.test(out)];
  };
  assert.deepEqual(await check(), [0, true, false]);
  assert.deepEqual(await check("--data", "data"), [0, false, false]);
  assert.deepEqual(await check("--data", "off", "--port", "7777"), [0, true, true]);
  const { out } = await fastTs(["check", dir, "--no-types"], "", { FTS_DATA: "data", FTS_PORT: "7777" });
  assert.deepEqual([/which needs a directory/.test(out), /own port/.test(out)], [false, true]);
});
