import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate, setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { compileRoutes } from "../../src/routes/compile.ts";
import { type Evaluated, evaluateRoute } from "../../src/routes/evaluate.ts";
import { PACKAGE_MODULES } from "../../src/routes/package-modules.ts";
import { routeDir } from "./route-dir.ts";

async function evaluate(t: TestContext, files: Readonly<Record<string, string>>, name = "a.ts"): Promise<Evaluated> {
  const dir = await routeDir(t, files);
  const compiled = await compileRoutes(dir);
  const file = compiled.files.find((route) => route.name === name);
  assert(file, `${name} does not compile: ${compiled.problems[0]?.message}`);
  const evaluated = evaluateRoute(file, PACKAGE_MODULES);
  t.after(evaluated.forget);
  return evaluated;
}

test("the pipelines of a file are found, each with the place of its declaration", async (t) => {
  const { pipelines, problem } = await evaluate(t, {
    "a.ts": `import { pipeline, rate } from "fast-ts";
enum Seconds { Few = 5 }
pipeline("one", [rate(Seconds.Few)], { onFull: "shed" });
  pipeline("two", []);
`,
  });
  assert.equal(problem, null);
  assert.deepEqual(
    pipelines.map(({ pipeline, place }) => [pipeline.name, pipeline.stages.length, place.line, place.column]),
    [
      ["one", 1, 3, 1],
      ["two", 0, 4, 3],
    ],
  );
  assert.equal(pipelines[1]?.place.source, '  pipeline("two", []);');
});

test("a pipeline that a helper declares stands where the route file calls the helper", async (t) => {
  const { file, pipelines } = await evaluate(t, {
    "a.ts": 'import { make } from "./_make.ts";\nmake("one");\nmake("two");\n',
    "_make.ts": 'import { pipeline } from "fast-ts";\nexport const make = (name: string) => pipeline(name, []);',
  });
  assert.deepEqual(
    pipelines.map(({ pipeline, place }) => [pipeline.name, place.file, place.line]),
    [
      ["one", file.file, 2],
      ["two", file.file, 3],
    ],
  );
});

test("the pipelines of an imported route file are left to that file", async (t) => {
  const { pipelines } = await evaluate(t, {
    "a.ts":
      'import { pipeline } from "fast-ts"; import { five, make } from "./b.ts";\npipeline(five, []); make("mine");',
    "b.ts": `import { pipeline } from "fast-ts"; export const five = "5"; pipeline("theirs", []);
export function make(name: string) { pipeline(name, []); }`,
  });
  assert.deepEqual(
    pipelines.map(({ pipeline }) => pipeline.name),
    ["5", "mine"],
  );
});

test("the top level of an imported file that is no route file counts for the importer", async (t) => {
  const { pipelines } = await evaluate(t, {
    "a.ts": 'import "./_shared.ts";',
    "_shared.ts": 'import { pipeline } from "fast-ts";\npipeline("shared", []);',
  });
  assert.deepEqual(
    pipelines.map(({ pipeline, place }) => [pipeline.name, place.line]),
    [["shared", 2]],
  );
});

test("a route file knows where it lies", async (t) => {
  const { problem, pipelines } = await evaluate(t, {
    "a.ts": `import { readFileSync } from "node:fs"; import { join } from "node:path"; import { pipeline } from "fast-ts";
pipeline(readFileSync(new URL("./name.txt", import.meta.url), "utf8"), []);
pipeline(readFileSync(join(import.meta.dirname, "name.txt"), "utf8") + import.meta.filename.slice(-4), []);`,
    "name.txt": "named",
  });
  assert.equal(problem, null);
  assert.deepEqual(
    pipelines.map(({ pipeline }) => pipeline.name),
    ["named", "nameda.ts"],
  );
});

const FAST_TS = 'import { pipeline, rate, stdout } from "fast-ts";\n';
const THROWN: readonly { title: string; text: string; place: string; message: string }[] = [
  {
    title: "a stage without its parentheses",
    text: `${FAST_TS}pipeline("x", [stdout]);`,
    place: "2:1",
    message: 'pipeline "x": element 0 is the function stdout, not a stage: call it, stdout(…)',
  },
  {
    title: "a fold without combine",
    text: 'import { folds, movingEventWindow, pipeline } from "fast-ts";\npipeline("x", [movingEventWindow(5), folds.mean]);',
    place: "2:1",
    message: 'pipeline "x": element 1 is the function mean, not a stage: a fold stands in combine, combine(folds.mean)',
  },
  {
    title: "a fold that is to be called as well",
    text: 'import { folds, movingEventWindow, pipeline } from "fast-ts";\npipeline("x", [movingEventWindow(5), folds.sample]);',
    place: "2:1",
    message:
      'pipeline "x": element 1 is the function sample, not a stage: a fold stands in combine, combine(folds.sample(…))',
  },
  {
    title: "a string where a number belongs",
    text: `${FAST_TS}const every: any = "5";\npipeline("x", [\n  stdout(),\n  rate(every),\n]);`,
    place: "5:3",
    message: 'rate(interval): must be a number >= 0.001, got "5" (a string)',
  },
  {
    title: "a negative interval",
    text: `${FAST_TS}pipeline("x", [rate(-1)]);`,
    place: "2:16",
    message: "rate(interval): must be a number >= 0.001, got -1",
  },
  {
    title: "an error of the user's own",
    text: 'function deep() {\n  throw new RangeError("too deep");\n}\ndeep();',
    place: "2:9",
    message: "throws RangeError: too deep",
  },
  {
    title: "an error that a package throws",
    text: 'import { third } from "third";\nthird();',
    place: "2:1",
    message: "throws Error: from the package",
  },
  {
    title: "a name of the package that is not imported",
    text: `${FAST_TS}\nthrottle(1, 60);`,
    place: "3:1",
    message: 'throws ReferenceError: throttle is not defined; import { throttle } from "fast-ts"',
  },
  {
    title: "such a name among others, lines below the call before it",
    text: `import { pipeline, stdout } from "fast-ts";\npipeline("rate", [stdout(),\n  rate(5)]);`,
    place: "3:3",
    message: 'throws ReferenceError: rate is not defined; import { rate } from "fast-ts"',
  },
  {
    title: "a name that nobody knows",
    text: "toString(thrttle);",
    place: "1:10",
    message: "throws ReferenceError: thrttle is not defined",
  },
  {
    title: "a regular expression that is none",
    text: "const re = /(/;\nre.test('');",
    place: "1:12",
    message: "throws SyntaxError: Invalid regular expression: /(/: Unterminated group",
  },
  {
    title: "a thrown string",
    text: 'throw "a string";',
    place: "null:null",
    message: 'throws "a string" (a string): throw an Error, which knows its place',
  },
  {
    title: "a thrown null",
    text: "throw null;",
    place: "null:null",
    message: "throws null: throw an Error, which knows its place",
  },
];

for (const { title, text, place, message } of THROWN)
  test(`${title} is a problem at the place in the user's file`, async (t) => {
    const { file, problem, pipelines } = await evaluate(t, {
      "a.ts": text,
      "node_modules/third/package.json": '{ "type": "commonjs" }',
      "node_modules/third/index.js": 'exports.third = () => { throw new Error("from the package"); };',
    });
    assert.deepEqual(pipelines, []);
    assert.equal(problem?.file, file.file);
    assert.equal(problem.message, message);
    assert.equal(`${problem.line}:${problem.column}`, place);
    assert.equal(problem.source, problem.line === null ? null : (text.split("\n")[problem.line - 1] ?? ""));
  });

test("what a helper throws is a problem at its place, which says who called it", async (t) => {
  const { problem } = await evaluate(t, {
    "_my.ts": "export const my = (n: number) => {\n  if (n < 1) throw new RangeError('my(n): got 0');\n};\n",
    "a.ts": `import { my } from "./_my.ts";\n\n[0].map((n) => my(n));\n`,
  });
  assert.match(problem?.file ?? "", /_my\.ts$/);
  assert.deepEqual(
    [problem?.line, problem?.column, problem?.message],
    [2, 20, "throws RangeError: my(n): got 0; called at a.ts:3:16"],
  );
});

test("a file that throws leaves no pipelines behind, not even for the next file", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": `${FAST_TS}pipeline("lost", []); throw new Error("later");`,
    "b.ts": `${FAST_TS}pipeline("kept", []);`,
  });
  const { files } = await compileRoutes(dir);
  const names = files.map((file) =>
    evaluateRoute(file, PACKAGE_MODULES).pipelines.map(({ pipeline }) => pipeline.name),
  );
  assert.deepEqual(names, [[], ["kept"]]);
});

test("evaluation leaves the depth of stacks as it was", async (t) => {
  const before = Error.stackTraceLimit;
  await evaluate(t, { "a.ts": "throw new Error();" });
  assert.equal(Error.stackTraceLimit, before);
});

test("a native add-on is loaded from where it lies", async (t) => {
  const { problem } = await evaluate(t, {
    "a.ts": 'import addon from "./addon.node";\naddon();',
    "addon.node": "no ELF",
  });
  assert.match(problem?.message ?? "", /^throws Error: .*addon\.node: (file too short|invalid ELF header)/);
  assert.equal(problem?.file.endsWith(join("a.ts")), true);
});

test("code whose pipelines are gone is collected", async (t) => {
  setFlagsFromString("--expose-gc");
  const gc: () => void = runInNewContext("gc");
  const dir = await routeDir(t, {
    "a.ts": 'import { pipeline, stage } from "fast-ts";\npipeline("a", [stage("mine", ({ emit }) => (e) => emit(e))]);',
  });
  const { files } = await compileRoutes(dir);
  // In a function of its own, so that nothing is left on this stack.
  const start = (() => {
    const [file] = files;
    assert(file);
    const { pipelines, forget } = evaluateRoute(file, PACKAGE_MODULES);
    forget();
    const live = pipelines[0]?.pipeline.stages[0]?.start;
    assert(live);
    return new WeakRef(live);
  })();
  for (let round = 0; round < 10 && start.deref() !== undefined; round++) {
    await setImmediate();
    gc();
  }
  assert.equal(start.deref(), undefined);
});

test("a file that makes stacks no text is evaluated, its pipelines at the file's first line", async (t) => {
  const prepare = Error.prepareStackTrace;
  t.after(() => {
    Error.prepareStackTrace = prepare;
  });
  const { pipelines, problem } = await evaluate(t, {
    "a.ts": 'import { pipeline } from "fast-ts";\nError.prepareStackTrace = () => 42;\npipeline("a", []);',
  });
  assert.equal(problem, null);
  assert.deepEqual(
    pipelines.map(({ place }) => place.line),
    [1],
  );
});

test("what is thrown may throw when it is looked at", async (t) => {
  const { problem } = await evaluate(t, {
    "a.ts": "const no = () => { throw 1; };\nthrow new Proxy(new Error(), { get: no, getPrototypeOf: no });",
  });
  assert.match(problem?.message ?? "", /^throws a value that cannot be shown: throw an Error/);
});

/** Ways to have something done again and again, each with the name by which it counts. */
const AGAIN = `import * as timers from "node:timers";
import { setInterval as every, setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
const count = (name: string) => (globalThis as any).counted[name] = ((globalThis as any).counted[name] ?? 0) + 1;
setInterval(count, 1, "interval");
globalThis.setInterval(() => count("global"), 1);
timers.setInterval(() => count("module"), 1);
const again = () => { count("timeout"); setTimeout(again, 1); };
setTimeout(again, 1);
const turn = () => { count("immediate"); setImmediate(turn); };
turn();
(async () => { for await (const name of every(1, "each")) count(name); })();
(async () => { for (;;) { await sleep(1); count("sleep"); } })();
(async () => { for (;;) { await promisify(setTimeout)(1); count("promisified"); } })();
clearInterval(setInterval(count, 1, "never"));
clearTimeout(setTimeout(count, 1, "never"));
clearImmediate(setImmediate(count, "never"));
{ const setTimeout = count; setTimeout("own name"); }
import { pipeline } from "fast-ts"; pipeline("p", []);`;

import { until } from "../until.ts";

test("what a file does again and again ends with it, however it is begun", async (t) => {
  const counted: Record<string, number> = {};
  Reflect.set(globalThis, "counted", counted);
  t.after(() => Reflect.deleteProperty(globalThis, "counted"));
  const { forget, problem } = await evaluate(t, { "a.ts": AGAIN });
  assert.equal(problem, null);
  const names = ["own name", "interval", "global", "module", "timeout", "immediate", "each", "sleep", "promisified"];
  const isEach = (): boolean => names.slice(1).every((name) => (counted[name] ?? 0) > 1);
  await until("each to have come twice", isEach, undefined, () => JSON.stringify(counted));
  forget();
  const before = { ...counted };
  assert.deepEqual(Object.keys(before).sort(), names.toSorted());
  // Timers as short as theirs, so that one of theirs would have had its turn.
  for (let turn = 0; turn < 5; turn++) await setTimeout(1);
  assert.deepEqual(counted, before);
});
