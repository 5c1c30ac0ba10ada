import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../../src/core/stage.ts";
import { io, scale } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

test("gives each event to its stages and passes on the event alone", () => {
  const done: (number | null)[] = [];
  const note = stage("note", ({ emit }) => (event) => {
    done.push(event.metric);
    emit(event);
  });
  const out = run([io([scale(10), note])], [{ metric: 1 }, { metric: 2 }]);
  assert.deepEqual(
    [done, out.map((e) => e.metric)],
    [
      [10, 20],
      [1, 2],
    ],
  );
});

test("says that it meets the world, so that tests of routes can leave it out", () => {
  assert.deepEqual(io([]).edge, { kind: "io", name: "io" });
});

test("refuses what is no list of stages", () => {
  // @ts-expect-error the list is missing
  assert.throws(() => io(scale(1)), { code: "FTS_NOT_A_STAGE", message: /^io\(stages\): must be a list/ });
});
