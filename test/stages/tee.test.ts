import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../src/core/stage.ts";
import { scale, tee } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

/** Writes down what comes by. */
const note = (into: (number | null)[]) =>
  stage("note", ({ emit }) => (event) => {
    into.push(event.metric);
    emit(event);
  });

test("gives each event to every branch and passes on the event alone", () => {
  const tens: (number | null)[] = [];
  const plain: (number | null)[] = [];
  const out = run([tee([scale(10), note(tens)], [note(plain)])], [{ metric: 1 }, { metric: 2 }]);
  assert.deepEqual(
    [tens, plain, out.map((e) => e.metric)],
    [
      [10, 20],
      [1, 2],
      [1, 2],
    ],
  );
});

test("refuses to have no branch, and branches that are no lists of stages", () => {
  // @ts-expect-error no branch
  assert.throws(() => tee(), {
    code: "FTS_STAGE_OPTION",
    message: "tee(branches): must be at least one list of stages, got none",
  });
  // @ts-expect-error a stage without a list around it
  assert.throws(() => tee([], scale(1)), {
    code: "FTS_NOT_A_STAGE",
    message: /^tee\(branch 1\): must be a list of stages/,
  });
});
