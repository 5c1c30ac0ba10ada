import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { typeCheck } from "../../src/routes/type-check.ts";
import { routeDir } from "../routes/route-dir.ts";

/** `file:line:column` and the code of each problem. */
async function findings(dir: string): Promise<readonly string[]> {
  const problems = await typeCheck(dir);
  assert(problems !== null);
  return problems.map(
    ({ file, line, column, message }) => `${basename(file)}:${line}:${column} ${message.slice(0, 6)}`,
  );
}

test("routes, their tests and shared files are checked strictly, fast-ts and node's modules are known", async (t) => {
  const dir = await routeDir(t, {
    "good.ts": `import { readFileSync } from "node:fs"; import { pipeline, rate, stdout, type Event } from "fast-ts";
import { window } from "./_shared.ts"; enum Level { Low = 1 } const text = readFileSync("x", "utf8");
pipeline(text, [rate(Level.Low), stdout()]); console.log(window, (e: Event) => e.metric);`,
    "bad.ts": `import { pipeline, rate, stdout } from "fast-ts";
pipeline("parentheses", [stdout]);
pipeline("string", [rate("5")]);
pipeline("option", [rate(5)], { onfull: "shed" });`,
    "_shared.ts": "export const window = (seconds) => seconds;",
    "good.test.ts":
      'import test from "node:test"; import * as testing from "fast-ts/testing"; test("x", () => testing.nope);',
  });
  assert.deepEqual((await findings(dir)).toSorted(), [
    "_shared.ts:1:24 TS7006",
    "bad.ts:2:26 TS2322",
    "bad.ts:3:26 TS2345",
    "bad.ts:4:33 TS2561",
    "good.test.ts:1:99 TS2339",
  ]);
});

test("the directory's own tsconfig.json is respected, its paths and its looseness too", async (t) => {
  const dir = await routeDir(t, {
    "a.ts":
      'import { pipeline } from "fast-ts"; import { five } from "@lib/five"; pipeline("x", [five]); export const f = (a) => a;',
    "lib/five.ts": "export const five = 5;",
    "tsconfig.json": `{ // with comments
      "compilerOptions": { "module": "ESNext", "strict": false, "paths": { "@lib/*": ["./lib/*"] } } }`,
  });
  assert.deepEqual(await findings(dir), ["a.ts:1:86 TS2322"]);
});

test("an error in the directory's own tsconfig.json is a problem there", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": "export {};",
    "tsconfig.json": '{ "compilerOptions": { "strict": "very" } }',
  });
  assert.deepEqual(await findings(dir), ["tsconfig.json:1:34 TS5024"]);
});

test("an empty directory has nothing to complain about", async (t) => {
  assert.deepEqual(await findings(await routeDir(t, {})), []);
});

test("a named pipe is left out, whatever its name", async (t) => {
  const dir = await routeDir(t, { "a.ts": "export const x: number = 1;" });
  execFileSync("mkfifo", [join(dir, "_f.ts")]);
  assert.deepEqual(await typeCheck(dir), []);
});

test("hidden files are left out, such as the link to nowhere by which Emacs locks what it edits", async (t) => {
  const dir = await routeDir(t, { "a.ts": "export const x: number = 1;" });
  await symlink("ops@host.4711:1795420815", join(dir, ".#a.ts"));
  assert.deepEqual(await typeCheck(dir), []);
});

/** A package of types with one global. */
function types(dir: string, name: string): Record<string, string> {
  return {
    [`${dir}/${name}/package.json`]: "{}",
    [`${dir}/${name}/index.d.ts`]: `declare const ${name.toUpperCase()}: number;`,
  };
}

const MODULE = { module: "ESNext", moduleResolution: "bundler" };

test("without a tsconfig.json, or with one that does not mention types, node's are known", async (t) => {
  const uses = "console.log(process.env.HOME, Buffer.from(await (await fetch('x')).text()));";
  for (const files of [{}, { "tsconfig.json": JSON.stringify({ compilerOptions: { ...MODULE, target: "ES2022" } }) }])
    assert.deepEqual(await findings(await routeDir(t, { ...files, "_a.ts": uses })), []);
});

test("types that the directory's own tsconfig.json names are found from there: beside it, above it, in its own roots", async (t) => {
  const names = ["near", "far", "own", "lib/client", "node"];
  const own = { compilerOptions: { ...MODULE, types: names, typeRoots: ["./my-types"] } };
  const base = await routeDir(t, {
    ...types("routes/node_modules/@types", "near"),
    ...types("node_modules/@types", "far"),
    ...types("routes/my-types", "own"),
    "node_modules/lib/client.d.ts": "declare const CLIENT: number;",
    "routes/a.ts": "export const all: number[] = [NEAR, FAR, OWN, CLIENT, process.pid];",
    "routes/tsconfig.json": JSON.stringify(own),
  });
  assert.deepEqual(await findings(join(base, "routes")), []);
});

test("a tsconfig.json that wants no types gets none", async (t) => {
  const own = JSON.stringify({ compilerOptions: { ...MODULE, types: [] } });
  assert.deepEqual(await findings(await routeDir(t, { "a.ts": "export const x = process;", "tsconfig.json": own })), [
    "a.ts:1:18 TS2591",
  ]);
});
