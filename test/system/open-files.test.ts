import assert from "node:assert/strict";
import { test } from "node:test";
import { clientsWithin, outOfFiles, tooFewOpenFiles } from "../../src/system/open-files.ts";

test("a limit on open files that is too low for the workers is told, with the numbers and the way out", () => {
  assert.equal(
    tooFewOpenFiles(2, 64),
    "this process may open 64 files; to start takes 136, and each client one more: raise the limit, for example with ulimit -n 4096",
  );
  assert.equal(tooFewOpenFiles(2, 136), null);
  assert.equal(tooFewOpenFiles(1024, Number.POSITIVE_INFINITY), null);
});

test("clients leave files for what else the daemon opens", () => {
  assert.equal(clientsWithin(10_000, 2, 1_024), 666);
  assert.equal(clientsWithin(10_000, 2, 65_536), 10_000);
  assert.equal(clientsWithin(10_000, 2, Number.POSITIVE_INFINITY), 10_000);
  assert.equal(clientsWithin(10_000, 2, 136), 1);
});

test("an error of a process that ran out of files says what to do, others say nothing", () => {
  const error = Object.assign(new Error("EMFILE: too many open files, open 'x'"), { code: "EMFILE" });
  assert.equal(outOfFiles(error), "too many open files: raise the limit, for example with ulimit -n 4096");
  for (const other of [new Error("EMFILE"), Object.assign(new Error("no"), { code: "ENOENT" }), null])
    assert.equal(outOfFiles(other), null);
});
