import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fastTs } from "./fast-ts.ts";

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
  assert.deepEqual([good.code, good.out], [0, "1 pipeline in 1 route file: ok\n"]);
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
