import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { FastTsError } from "../../src/errors.ts";
import { checkRoutes } from "../../src/routes/check.ts";
import { initRoutes } from "../../src/routes/init.ts";
import { typeCheck } from "../../src/routes/type-check.ts";
import { routeDir } from "../routes/route-dir.ts";
import { silentClock } from "../routes/silent-clock.ts";

/** What the compiler says of a directory, as an editor's would: by nothing but its tsconfig.json. */
function tsc(dir: string): Promise<string> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "--pretty", "false", "-p", dir], { cwd: dir }, (_, stdout) =>
      resolve(stdout),
    );
  });
}

test("a new directory far from the package has an example, and types that an editor finds", async (t) => {
  const dir = join(await routeDir(t, {}), "deep", "routes");
  const report = await initRoutes(dir);
  const { advice, ...others } = report;
  const copies = [".fast-ts/types", ".fast-ts/@types"];
  const names = [...copies, "package.json", "tsconfig.json", "first.ts", "first.test.ts"];
  assert.deepEqual(others, { dir, written: names.map((name) => join(dir, name)), kept: [] });
  assert.match(advice.join(), /^cd .*routes && npm i /);
  assert.equal(await tsc(dir), "");
  assert.deepEqual((await checkRoutes(dir, { clock: silentClock() })).problems, []);
});

test("node's types are known from day one, to the editor and to the check, installed there or not", async (t) => {
  const uses = 'export const home: string | undefined = process.env.HOME; void fetch; void Buffer; import "node:fs";';
  for (const installed of [
    {},
    { "node_modules/@types/node/index.d.ts": NODE, "node_modules/@types/node/package.json": "{}" },
  ]) {
    const dir = await routeDir(t, { ...installed, "_uses.ts": uses });
    await initRoutes(dir);
    assert.equal(await tsc(dir), "");
    assert.deepEqual(await typeCheck(dir), []);
  }
});

/** What a directory's own `@types/node` says. */
const NODE = `declare var process: { env: Record<string, string | undefined> };
declare var fetch: unknown; declare var Buffer: unknown; declare module "node:fs" {}`;

test("a package.json with TypeScript is written where there is none, here or above", async (t) => {
  const base = await routeDir(t, { "package.json": "{}" });
  const inside = await initRoutes(join(base, "deep", "routes"));
  assert.deepEqual([inside.written.filter((name) => name.endsWith("package.json")), inside.advice], [[], []]);
  const dir = await routeDir(t, {});
  await initRoutes(dir);
  const { devDependencies } = JSON.parse(await readFile(join(dir, "package.json"), "utf8"));
  assert.match(devDependencies.typescript, /^\^\d/);
});

test("in an initialised directory a wrong use is reported, so the types are real", async (t) => {
  const dir = await routeDir(t, {});
  await initRoutes(dir);
  const wrong = 'import { pipeline, rate } from "fast-ts";\nimport "fast-ts/testing";\npipeline("x", [rate("5")]);\n';
  await writeFile(join(dir, "wrong.ts"), wrong);
  assert.match(await tsc(dir), /^wrong\.ts\(3,21\): error TS2345: .*'string'.*'number'/);
});

test("the copied declarations refer to nothing but each other and Node", async (t) => {
  const dir = await routeDir(t, {});
  await initRoutes(dir);
  const types = join(dir, ".fast-ts", "types");
  const names = (await readdir(types, { recursive: true })).filter((name) => name.endsWith(".ts"));
  assert(names.includes("index.d.ts") && names.includes(join("testing", "index.d.ts")));
  for (const name of names)
    assert.doesNotMatch(
      await readFile(join(types, name), "utf8"),
      /^(import|export)\b[^;]*\bfrom\s+"(?!\.|node:)|\bimport\("(?!\.|node:)|<reference/m,
      name,
    );
});

test("files of the user's are left as they are, and he is told what to do", async (t) => {
  const dir = await routeDir(t, { "first.ts": "export {};", "tsconfig.json": "{}" });
  const { written, kept, advice } = await initRoutes(dir);
  assert.deepEqual(
    written,
    [".fast-ts/types", ".fast-ts/@types", "package.json"].map((name) => join(dir, name)),
  );
  assert.deepEqual(kept, [join(dir, "tsconfig.json")]);
  assert.match(advice.join(), /tsconfig\.json, set compilerOptions\.paths to \{"fast-ts":\["\.\/\.fast-ts/);
  assert.equal(await readFile(join(dir, "first.ts"), "utf8"), "export {};");
});

test("where there are routes no example comes to run among them, also when it was removed", async (t) => {
  const dir = await routeDir(t, { "alerts.ts": "export {};" });
  await initRoutes(dir);
  assert.deepEqual(
    (await readdir(dir)).filter((name) => name.endsWith(".ts")),
    ["alerts.ts"],
  );
});

test("a second call renews the types and has no advice", async (t) => {
  const dir = await routeDir(t, {});
  await initRoutes(dir);
  await writeFile(join(dir, ".fast-ts/types/index.d.ts"), "old");
  assert.deepEqual((await initRoutes(dir)).advice, []);
  assert.equal(await tsc(dir), "");
});

test("a path that is a file is refused", async (t) => {
  const dir = await routeDir(t, { file: "" });
  const isRefusal = (error: unknown) => error instanceof FastTsError && error.code === "FTS_ROUTES";
  await assert.rejects(initRoutes(join(dir, "file")), isRefusal);
});
