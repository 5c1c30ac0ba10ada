import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stages } from "../../src/core/stage.ts";
import { scale, split, sreduce, tag } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const above = (limit: number) => (e: { readonly metric: number | null }) => e.metric !== null && e.metric > limit;
const graded = (stages: Stages) =>
  run(stages, [{ metric: 0.7 }, { metric: 0.95 }, { metric: 0.1 }, { metric: null }]).map((e) => [e.metric, ...e.tags]);

test("sends each event through the first case that says yes, and no other", () => {
  const cases = split(
    [
      [above(0.9), [tag("critical")]],
      [above(0.5), [tag("warning")]],
    ],
    [tag("ok")],
  );
  assert.deepEqual(graded([cases]), [
    [0.7, "warning"],
    [0.95, "critical"],
    [0.1, "ok"],
    [null, "ok"],
  ]);
});

test("drops what no case is for when there is no other way", () => {
  assert.deepEqual(
    graded([
      split([
        [above(0.9), []],
        [above(0.5), [tag("warning")]],
      ]),
    ]),
    [[0.7, "warning"], [0.95]],
  );
});

test("asks no further than the first yes", () => {
  const asked: string[] = [];
  const says = (name: string, answer: boolean) => () => {
    asked.push(name);
    return answer;
  };
  run(
    [
      split([
        [says("a", false), []],
        [says("b", true), []],
        [says("c", true), []],
      ]),
    ],
    [{}],
  );
  assert.deepEqual(asked, ["a", "b"]);
});

test("keeps the state of each case", () => {
  const total = () => sreduce((sum, e) => e.with({ metric: (sum.metric ?? 0) + (e.metric ?? 0) }));
  const steps = [1, 10, 2, 20, 3].map((metric) => ({ metric }));
  assert.deepEqual(
    run([split([[above(5), [total()]]], [total()])], steps).map((e) => e.metric),
    [3, 30, 6],
  );
});

test("refuses a promise for an answer", () => {
  // @ts-expect-error a promise is no answer
  const stages = [split([[async () => true, []]])];
  assert.throws(() => run(stages, [{}]), /split\(test\): must give true or false/);
});

test("refuses what is no list of cases", () => {
  const refuses = (cases: never, message: string | RegExp, code = "FTS_STAGE_OPTION") =>
    assert.throws(() => split(cases), { code, message });
  const misuse = (cases: unknown) => cases as never;
  refuses(misuse([]), "split(cases): must be a list of cases, [[…, [stages]], …], got a list of 0");
  refuses(misuse(above(1)), /^split\(cases\): must be a list of cases/);
  refuses(
    misuse([[above(1), []], [above(2)]]),
    "split(case 1): must be a pair, a test and a list of stages, got a list of 1",
  );
  refuses(misuse([above(1), []]), /^split\(case 0\): must be a pair/);
  refuses(misuse([["critical", []]]), /^split\(case 0\): must be a pair, a test and .*, got "critical" \(a string\)$/);
  refuses(misuse([[above(1), scale(1)]]), /^split\(case 0\): must be a list of stages/, "FTS_NOT_A_STAGE");
  // @ts-expect-error the list is missing
  assert.throws(() => split([[above(1), []]], scale(1)), {
    code: "FTS_NOT_A_STAGE",
    message: /^split\(otherwise\): must be a list of stages/,
  });
});
