import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { CLI, fastTs } from "./fast-ts.ts";

const CHECKED = "rates  all workers, by service: by#0 keeps state for each service\n1 pipeline in 1 route file: ok\n";

test("a directory made by init passes check and its test; with a slip in it check shows the line and exits with 1", async (context) => {
  const parent = await mkdtemp(join(tmpdir(), "fast-ts-"));
  context.after(() => rm(parent, { recursive: true }));
  const none = await fastTs(["check", parent]);
  assert.equal(none.code, 0);
  assert.match(
    none.out,
    /^warning: no route file in .*: events would go nowhere; add a \*\.ts there, or run fast-ts init\n0 pipelines/,
  );
  const directory = join(parent, "my routes");
  const made = await fastTs(["init", directory]);
  assert.equal(made.code, 0, made.err);
  assert.match(made.out, /^wrote .*tsconfig\.json$/m);
  const good = await fastTs(["check", directory]);
  assert.deepEqual([good.code, good.out], [0, CHECKED]);
  const tested = await fastTs(["test", directory]);
  assert.equal(tested.code, 0, tested.out);
  assert.match(tested.out, /^✔ a rate is the sum/m);
  await writeFile(
    join(directory, "slip.ts"),
    'import { pipeline, rate } from "fast-ts";\npipeline("x", [rate("5")]);\n',
  );
  const bad = await fastTs(["check", directory]);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /slip\.ts:2:\d+: .*\n {2}2 \| pipeline\("x", \[rate\("5"\)\]\);\n/);
  assert.match(bad.out, /1 error in 1 file\n$/);
});

test("what init says to run next works there, however init was run", async (context) => {
  const parent = await mkdtemp(join(tmpdir(), "fast-ts-"));
  context.after(() => rm(parent, { recursive: true }));
  const init = (env: NodeJS.ProcessEnv): string | undefined =>
    spawnSync(process.execPath, [CLI, "init", "my routes"], {
      cwd: parent,
      env: { PATH: process.env.PATH, ...env },
      encoding: "utf8",
    }).stdout.match(/^next {3}(.*)$/m)?.[1];
  const all = (run: string): string =>
    `${run} check 'my routes' && ${run} test 'my routes' && ${run} start --route-dir 'my routes'`;
  const exec = { npm_command: "exec", npm_config_package: "../fast-ts-0.1.0.tgz" };
  assert.equal(init(exec), all("npx --package ../fast-ts-0.1.0.tgz fast-ts"), "npx alone would look in the registry");
  const own = init({}) ?? "";
  const [check = ""] = own.split(" && ");
  const checked = spawnSync("/bin/sh", ["-c", check], { cwd: parent, encoding: "utf8" });
  assert.deepEqual([checked.status, checked.stdout], [0, CHECKED], check);
  await mkdir(join(parent, "node_modules"));
  await symlink(dirname(dirname(dirname(CLI))), join(parent, "node_modules", "fast-ts"));
  assert.equal(init(exec), all("npx fast-ts"), "it is installed there");
});
