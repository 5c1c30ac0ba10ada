import assert from "node:assert/strict";
import { test } from "node:test";
import { sdo, sflatten, smap } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("gives the events of a list one by one, in order", () => {
  const pair = smap((e) => [e, e.with({ metric: 0 })]);
  assert.deepEqual(
    run([sdo([pair, sflatten()])], [{ metric: 1 }, { metric: 2 }]).map((e) => e.metric),
    [1, 0, 2, 0],
  );
});

test("gives nothing of an empty list, and leaves empty places out", () => {
  assert.deepEqual(run([sdo([smap(() => []), sflatten()])], [{}]), []);
  assert.equal(run([sdo([smap((e) => [null, e, null]), sflatten()])], [{}]).length, 1);
});
