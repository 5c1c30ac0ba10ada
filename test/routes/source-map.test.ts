import assert from "node:assert/strict";
import { test } from "node:test";
import { coerceError, FastTsError } from "../../src/errors.ts";
import { compileRoutes } from "../../src/routes/compile.ts";
import { evaluateRoute } from "../../src/routes/evaluate.ts";
import { PACKAGE_MODULES } from "../../src/routes/package-modules.ts";
import { mapStack, placesOf, registerBundle } from "../../src/routes/source-map.ts";
import { routeDir } from "./route-dir.ts";

const ROUTE = `import { map, pipeline } from "fast-ts";
enum Pads { The, Bundle, With, More, Lines }
interface Nothing { readonly of: Pads }
pipeline("throws later", [
  map(function broken(event) {
    throw new Error("at (1:2) " + event.service);
  }),
]);
`;

async function throwLater(dir: string) {
  const { files } = await compileRoutes(dir);
  const [file] = files;
  assert(file);
  const { forget } = evaluateRoute(
    { ...file, code: file.code.replace("function broken", "globalThis.broken = $&") },
    PACKAGE_MODULES,
  );
  const broken: unknown = Reflect.get(globalThis, "broken");
  Reflect.deleteProperty(globalThis, "broken");
  assert(typeof broken === "function");
  try {
    broken({ service: "web" });
  } catch (thrown) {
    return { file, forget, stack: coerceError(thrown).stack ?? "" };
  }
  throw new Error("did not throw");
}

test("the stack of an error thrown later names the user's own file, line and column", async (t) => {
  const dir = await routeDir(t, { "a (köpie) 100%20.ts": ROUTE });
  const { file, forget, stack } = await throwLater(dir);
  t.after(forget);
  const [head, first] = mapStack(stack).split("\n");
  assert.equal(head, "Error: at (1:2) web");
  assert.match(first ?? "", /^ {4}at .*broken.* \(/);
  assert(first?.endsWith(` (${file.file}:6:11)`), first);
});

test("a stack ends with the user's own last frame", async (t) => {
  const dir = await routeDir(t, { "a.ts": ROUTE });
  const { file, forget, stack } = await throwLater(dir);
  t.after(forget);
  assert(stack.split("\n").length > 2);
  assert(mapStack(stack).endsWith(` (${file.file}:6:11)`), mapStack(stack));
});

test("a bundle is forgotten when the last one who registered it says so, each counting once", async (t) => {
  const dir = await routeDir(t, { "a.ts": ROUTE });
  const { file, forget, stack } = await throwLater(dir);
  const forgetAgain = registerBundle(file);
  forget();
  forget();
  assert.notEqual(mapStack(stack), stack);
  forgetAgain();
  assert.equal(mapStack(stack), stack);
});

test("a stack of other code stays as it is", () => {
  const { stack = "" } = new Error("mine");
  assert.equal(mapStack(stack), stack);
});

const throws = (): never => {
  throw new Error("looked at");
};

for (const [what, value, text] of [
  ["a number", 42, "42"],
  ["nothing", undefined, "undefined"],
  ["an error without a stack", Object.assign(new Error("no"), { stack: 42 }), "no"],
  [
    "an error whose stack throws",
    Object.defineProperty(new Error("no"), "stack", { get: throws }),
    "a value that cannot be shown",
  ],
  ["an object that is no text", Object.create(null), "a value that cannot be shown"],
  [
    "a proxy that throws",
    new Proxy({}, { get: throws, has: throws, getPrototypeOf: throws }),
    "a value that cannot be shown",
  ],
] as const)
  test(`${what} has no places, and a text`, () => {
    assert.deepEqual([placesOf(value), mapStack(value)], [[], text]);
  });

test("a stack without any frame of the user's names the place where the stage was made", async (t) => {
  const dir = await routeDir(t, { "a.ts": 'import { pipeline, rate } from "fast-ts";\n\npipeline("p", [rate(5)]);' });
  const { files } = await compileRoutes(dir);
  assert(files[0]);
  const { pipelines, forget } = evaluateRoute(files[0], PACKAGE_MODULES);
  const error = new TypeError("inside");
  error.stack = "TypeError: inside\n    at rate (/fast-ts/rate.js:1:2)";
  const site = pipelines[0]?.pipeline.stages[0]?.site ?? null;
  assert.equal(mapStack(error, site), `TypeError: inside\n    at ${dir}/a.ts:3:16\n    at rate (/fast-ts/rate.js:1:2)`);
  assert.equal(mapStack(error), error.stack);
  forget();
});

test("an error that FastTS raises on purpose is its message and the user's places: nobody needs ours", async (t) => {
  const dir = await routeDir(t, { "a.ts": 'import { pipeline, rate } from "fast-ts";\n\npipeline("p", [rate(5)]);' });
  const { files } = await compileRoutes(dir);
  assert(files[0]);
  const { pipelines, forget } = evaluateRoute(files[0], PACKAGE_MODULES);
  const error = new FastTsError("FTS_STAGE_MISUSE", "rate#0: no\nsuch thing");
  const site = pipelines[0]?.pipeline.stages[0]?.site ?? null;
  assert.equal(mapStack(error, site), `FastTsError: rate#0: no\nsuch thing\n    at ${dir}/a.ts:3:16`);
  assert.equal(mapStack(error), "FastTsError: rate#0: no\nsuch thing");
  forget();
});
