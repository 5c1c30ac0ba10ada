import assert from "node:assert/strict";
import { test } from "node:test";
import { lastTogether } from "../../src/host/snapshot-groups.ts";
import type { Snapshot } from "../../src/state/snapshot-files.ts";

const at = (name: string, ...positions: readonly number[]): Snapshot[] =>
  positions.map((at) => ({ name, now: 0, elapsed: at, position: Math.floor(at), bytes: [] }));

for (const [about, saved, expected, dropped] of [
  ["all were written", [at("a", 9, 5), at("b", 9, 5)], [9, 9], []],
  ["some were written when the process ended", [at("a", 9, 5), at("b", 5, 2), at("c", 9, 5)], [5, 5, 5], ["a", "c"]],
  ["one was never saved", [at("a", 9, 5), []], [9], []],
  ["time passed and nothing came in", [at("a", 5.2, 5.1), at("b", 5.1, 5)], [5.1, 5.1], ["a"]],
  ["one is new and began later", [at("a", 5, 2), at("b", 7)], [5, 7], []],
  ["there is no journal", [at("a", -1, -1), at("b", -1)], [-1, -1], []],
] as const)
  test(`pipelines that are joined go on from one moment: ${about}`, async () => {
    const gone: string[] = [];
    const chosen = await lastTogether(saved, async (name) => void gone.push(name));
    assert.deepEqual([chosen.map(({ elapsed }) => elapsed), gone], [expected, dropped]);
    assert.ok(chosen.every((one) => saved.some((all) => all[0] === one || dropped.some((name) => name === one.name))));
  });
