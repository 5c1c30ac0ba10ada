import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnyStages, pipeline } from "../../src/core/pipeline.ts";
import { filter } from "../../src/stages/filter.ts";
import { tee } from "../../src/stages/tee.ts";
import { where } from "../../src/stages/where.ts";
import { run } from "../../src/testing/index.ts";

const isAny = (): boolean => true;
const inside = (levels: number): AnyStages => {
  let stages: AnyStages = [filter(isAny)];
  for (let level = 1; level < levels; level++) stages = [where(isAny, stages as readonly [])];
  return stages;
};

test("a thousand stages in a list work, and one more is refused", () => {
  const thousand = Array.from({ length: 1000 }, () => filter(isAny));
  assert.equal(run(thousand, [{ metric: 1 }]).length, 1);
  assert.throws(() => pipeline("long", [...thousand, filter(isAny)]), {
    code: "FTS_PIPELINE",
    message: 'pipeline "long": has more than 1000 stages, those inside others included: make several pipelines of it',
  });
});

test("stages work 64 deep inside one another, and one deeper is refused", () => {
  assert.equal(run(inside(64) as readonly [], [{ metric: 1 }]).length, 1);
  assert.throws(() => pipeline("deep", inside(65) as readonly []), {
    code: "FTS_PIPELINE",
    message: 'pipeline "deep": stages stand more than 64 deep inside one another',
  });
});

test("lists that contain others twice and twice again are refused before they are counted to the end", () => {
  let stages: readonly [ReturnType<typeof tee>] = [tee([])];
  for (let level = 0; level < 60; level++) stages = [tee(stages, stages)];
  assert.throws(() => pipeline("twice", stages), { code: "FTS_PIPELINE", message: /has more than 1000 stages/ });
});

test("a name with a NUL is refused: what is saved of the index, or of a part of a pipeline, has one in its name", () => {
  for (const name of ["\0index", "counts\0host 1 of 2", "a\0"])
    assert.throws(() => pipeline(name, []), {
      code: "FTS_PIPELINE",
      message: `pipeline(name): must have no NUL, got ${JSON.stringify(name)} (a string): behind one stands which part of a pipeline a saved state is of`,
    });
});

test("a name that no file can hold is refused: half of a surrogate pair", () => {
  assert.equal(pipeline("disks 😀", []).name, "disks 😀");
  for (const name of ["disks \ud83d", "\ude00", "\ude00\ud83d"])
    assert.throws(() => pipeline(name, []), {
      code: "FTS_PIPELINE",
      message: /pipeline\(name\): .*surrogate pair, got /,
    });
});
