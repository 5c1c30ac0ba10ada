import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Stages } from "../../src/core/stage.ts";
import * as s from "../../src/stages/index.ts";
import fc from "../fast-check.ts";
import { rounds, share } from "../rounds.ts";
import { whereverChainsAreCut, whereverItIsCut } from "./cuts.ts";
import { USES } from "./uses.ts";

/*
 * The state of stages is a value: a run that is saved between any two records, once or more often, and goes on elsewhere
 * with the bytes that were made of it, emits what it would have emitted. Every stage is in it, alone, under `by` and in chains.
 */

describe("a run that is saved and restored emits what it would have emitted", () => {
  for (const [name, make] of share([...USES], 1, 0))
    test(name, () => fc.assert(whereverItIsCut(make()), { numRuns: rounds(2) }));
  for (const [name, make] of share([...USES], 1, 1))
    test(`by host: ${name}`, () =>
      fc.assert(whereverItIsCut([s.by("host", make() as Stages)]), { numRuns: rounds(1) }));
});

test("so do chains of any stages", () => {
  fc.assert(whereverChainsAreCut(), { numRuns: rounds(60) });
});

test("each stage with a state says what shapes it", () => {
  const silent = [...USES.values()]
    .flatMap((make) => make())
    .filter(({ name, memory, shape }) => name in s && memory !== 0 && shape === null)
    .map(({ name }) => name);
  assert.deepEqual([...new Set(silent)], []);
});
