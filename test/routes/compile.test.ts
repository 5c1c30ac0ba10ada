import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rename, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { FastTsError } from "../../src/errors.ts";
import { compileRoutes } from "../../src/routes/compile.ts";
import type { Problem } from "../../src/routes/problem.ts";
import { routeDir } from "./route-dir.ts";

const GOOD = 'import { pipeline } from "fast-ts";\npipeline("a", []);\n';

test("route files are the TypeScript files directly in the directory, but tests, declarations and _ files", async (t) => {
  const names = [
    "b.ts",
    "a.ts",
    "a.test.ts",
    "_shared.ts",
    ".hidden.ts",
    "types.d.ts",
    "plain.js",
    "sub/c.ts",
    "dir.ts/d.ts",
  ];
  const dir = await routeDir(t, Object.fromEntries(names.map((name) => [name, GOOD])));
  const { files, problems } = await compileRoutes(dir);
  assert.deepEqual(
    files.map(({ name }) => name),
    ["a.ts", "b.ts"],
  );
  assert.deepEqual(
    files.map(({ file }) => file),
    [join(dir, "a.ts"), join(dir, "b.ts")],
  );
  assert.deepEqual(problems, []);
});

test("what a route file imports is in its bundle, fast-ts and node's own modules are not", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": `import { pipeline } from "fast-ts"; import { readFileSync } from "node:fs"; import { third } from "third";
      import { near } from "./_near.ts"; enum Level { Low = 7 } pipeline(third + near, [readFileSync, Level.Low]);`,
    "_near.ts": 'export const near = "NEAR";',
    "node_modules/third/index.js": 'import { rate } from "fast-ts"; export const third = "THIRD" + rate;',
    "node_modules/third/package.json": '{ "type": "module" }',
    "node_modules/fast-ts/index.js": 'module.exports = "WRONG COPY";',
  });
  const { files, problems } = await compileRoutes(dir);
  assert.deepEqual(problems, []);
  const code = files[0]?.code ?? "";
  assert.match(code, /NEAR/);
  assert.match(code, /THIRD/);
  assert.match(code, /require\("fast-ts"\)/);
  assert.match(code, /require\("node:fs"\)/);
  assert.doesNotMatch(code, /WRONG COPY/);
  assert.deepEqual([...(files[0]?.inputs ?? [])].sort(), [
    join(dir, "_near.ts"),
    join(dir, "a.ts"),
    join(dir, "node_modules/third/index.js"),
  ]);
});

test("the hash changes with what the code does, and not with comments, types and layout", async (t) => {
  const dir = await routeDir(t, { "a.ts": GOOD });
  const hash = async (text: string) => {
    await writeFile(join(dir, "a.ts"), text);
    return (await compileRoutes(dir)).files[0]?.hash;
  };
  const first = await hash(GOOD);
  assert.equal(await hash(`// a comment\ntype Unused = string;\n${GOOD}`), first);
  assert.notEqual(await hash(GOOD.replace('"a"', '"b"')), first);
});

test("a ConfigMap that is swapped for an equal one gives the same names, inputs and hashes", async (t) => {
  const shared = 'export const name: string = "a";';
  const route = 'import { pipeline } from "fast-ts"; import { name } from "./_shared.ts"; pipeline(name, []);';
  const dir = await routeDir(t, {
    "..1/a.ts": route,
    "..1/_shared.ts": shared,
    "..2/a.ts": route,
    "..2/_shared.ts": shared,
  });
  await symlink("..1", join(dir, "..data"));
  for (const name of ["a.ts", "_shared.ts"]) await symlink(`..data/${name}`, join(dir, name));
  const before = await compileRoutes(dir);
  await symlink("..2", join(dir, "..data_tmp"));
  await rename(join(dir, "..data_tmp"), join(dir, "..data"));
  assert.deepEqual(await compileRoutes(dir), before);
  assert.deepEqual(before.problems, []);
  assert.deepEqual(before.inputs, [join(dir, "a.ts"), join(dir, "_shared.ts")]);
});

test("a directory that is a link is called by the name of the link", async (t) => {
  const dir = await routeDir(t, { "release/a.ts": GOOD, "release/b.ts": "const" });
  await symlink("release", join(dir, "current"));
  const { files, problems, inputs } = await compileRoutes(join(dir, "current"));
  assert.equal(files[0]?.file, join(dir, "current/a.ts"));
  assert.equal(problems[0]?.file, join(dir, "current/b.ts"));
  assert.deepEqual(inputs, [join(dir, "current/a.ts"), join(dir, "current/b.ts")]);
});

test("a syntax error has its place and its line, and leaves the other files alone", async (t) => {
  const dir = await routeDir(t, { "a.ts": GOOD, "b.ts": 'const ä = "ä"; const x = ;\n' });
  const { files, problems } = await compileRoutes(dir);
  assert.deepEqual(
    files.map(({ name }) => name),
    ["a.ts"],
  );
  assert.deepEqual(problems, [
    {
      file: join(dir, "b.ts"),
      line: 1,
      column: 26,
      message: 'syntax error: unexpected ";"',
      source: 'const ä = "ä"; const x = ;',
      severity: "error",
    } satisfies Problem,
  ]);
});

const REFUSED: readonly { title: string; text: string; place: string; message: RegExp }[] = [
  {
    title: "a name that fast-ts does not export",
    text: 'import {\n  pipeline,\n  ratee,\n} from "fast-ts";\npipeline("a", [ratee(5)]);',
    place: "3:3",
    message: /^"fast-ts" has no export "ratee"; did you mean "rate"\?$/,
  },
  {
    title: "a name that fast-ts as a whole does not export",
    text: 'import * as fast from "fast-ts";\nfast.pipelin("a", []);',
    place: "2:6",
    message: /^"fast-ts" has no export "pipelin"; did you mean "pipeline"\?$/,
  },
  {
    title: "a package that is not installed",
    text: 'import x from "@scope/nope";\nx();',
    place: "1:15",
    message: /^cannot find the package "@scope\/nope": install it in the route directory, npm install @scope\/nope$/,
  },
  {
    title: "a file that is not there",
    text: 'import "./nope.ts";',
    place: "1:8",
    message: /^cannot find \.\/nope\.ts/,
  },
  {
    title: "a door that fast-ts does not have",
    text: 'import "fast-ts/nope";',
    place: "1:8",
    message: /^a route file cannot import "fast-ts\/nope"; it may import "fast-ts"$/,
  },
  {
    title: "an await outside of a function",
    text: "\n  await 1;",
    place: "2:3",
    message: /^a route file cannot await/,
  },
];

for (const { title, text, place, message } of REFUSED)
  test(`${title} is an error with its place`, async (t) => {
    const dir = await routeDir(t, { "a.ts": text });
    const { files, problems } = await compileRoutes(dir);
    assert.deepEqual(files, []);
    assert.equal(problems.length, 1);
    assert.equal(`${problems[0]?.line}:${problems[0]?.column}`, place);
    assert.match(problems[0]?.message ?? "", message);
    assert.equal(problems[0]?.severity, "error");
  });

test("what the compiler only doubts is a warning, and the file is compiled", async (t) => {
  const dir = await routeDir(t, { "a.ts": "export const isNone = (x: number) => x === NaN;" });
  const { files, problems } = await compileRoutes(dir);
  assert.equal(files.length, 1);
  assert.deepEqual(
    problems.map(({ severity, line }) => [severity, line]),
    [["warning", 1]],
  );
});

test("a link to nowhere is a problem of that file", async (t) => {
  const dir = await routeDir(t, { "a.ts": GOOD });
  await symlink("nowhere.ts", join(dir, "b.ts"));
  const { files, problems } = await compileRoutes(dir);
  assert.equal(files.length, 1);
  assert.deepEqual(
    problems.map(({ file }) => file),
    [join(dir, "b.ts")],
  );
});

test("a named pipe is no route file: it is skipped with a warning, and so does nobody wait for its writer", async (t) => {
  const dir = await routeDir(t, { "a.ts": "export {};" });
  execFileSync("mkfifo", [join(dir, "f.ts")]);
  await symlink(join(dir, "f.ts"), join(dir, "link.ts"));
  const { files, problems } = await compileRoutes(dir);
  assert.deepEqual(
    files.map(({ name }) => name),
    ["a.ts"],
  );
  assert.deepEqual(
    problems.map(({ file, message, severity }) => [file, message, severity]),
    ["f.ts", "link.ts"].map((name) => [
      join(dir, name),
      "is skipped, for it is no regular file: a route file must be one, or a link to one",
      "warning",
    ]),
  );
});

test("an imported file with an error is among the files to watch", async (t) => {
  const dir = await routeDir(t, { "routes/a.ts": 'import "../lib/b.ts";', "lib/b.ts": "const" });
  const { inputs, problems } = await compileRoutes(join(dir, "routes"));
  assert.equal(problems.length, 1);
  assert.deepEqual(inputs, [join(dir, "lib/b.ts")]);
});

test("an empty directory has no files and no problems", async (t) => {
  const dir = await routeDir(t, {});
  assert.deepEqual(await compileRoutes(dir), { dir, files: [], problems: [], passedOver: [], inputs: [] });
});

test("a directory that is missing or a file is refused in plain words", async (t) => {
  const dir = await routeDir(t, { "a.ts": GOOD });
  const refusal = (words: RegExp) => (error: unknown) =>
    error instanceof FastTsError && error.code === "FTS_ROUTES" && words.test(error.message);
  await assert.rejects(compileRoutes(join(dir, "nope")), refusal(/nope: does not exist; make it with fast-ts init/));
  await assert.rejects(compileRoutes(join(dir, "a.ts")), refusal(/a\.ts: is a file; name the directory/));
});

test("a file in UTF-16, or with a NUL byte, is told to be saved as UTF-8, routes, their JSON and tsconfig.json", async (t) => {
  const swapped = (text: string): Buffer => Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  const dir = await routeDir(t, {
    "json.ts": `import data from "./data.json";\n${GOOD}console.log(data);`,
    "nul.ts": `${GOOD}\0`,
    "text.ts": `${GOOD.replace('"a"', '"a\0"')}`,
  });
  await writeFile(join(dir, "little.ts"), `\ufeff${GOOD}`, "utf16le");
  await writeFile(join(dir, "big.ts"), swapped(GOOD));
  await writeFile(join(dir, "bare.ts"), GOOD, "utf16le");
  await writeFile(join(dir, "data.json"), swapped("{}"));
  const { files, problems } = await compileRoutes(dir);
  const big = "is in UTF-16 (big-endian, by its first bytes): save it as UTF-8";
  const nul = "there is a NUL byte here: the file may be in UTF-16, or damaged; save it as UTF-8";
  assert.deepEqual(
    problems
      .map(({ file, line, column, message, source }) => [basename(file), line, column, message, source])
      .toSorted(),
    [
      ["bare.ts", 1, 2, nul, null],
      ["big.ts", 1, 1, big, null],
      ["data.json", 1, 1, big, null],
      ["little.ts", 1, 1, big.replace("big", "little"), null],
      ["nul.ts", 3, 1, nul, null],
    ],
  );
  assert.deepEqual(
    files.map(({ name }) => name),
    ["text.ts"],
    "in a text a NUL is no problem",
  );
  await writeFile(join(dir, "tsconfig.json"), "\ufeff{}", "utf16le");
  const own = (await compileRoutes(dir)).problems.find(({ file }) => file.endsWith("tsconfig.json"));
  assert.equal(own?.message, big.replace("big", "little"));
});
