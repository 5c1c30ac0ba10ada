import assert from "node:assert/strict";
import { test } from "node:test";
import { lastTogether, savedTogether } from "../../src/host/snapshot-groups.ts";
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

const kept = (snapshots: readonly Snapshot[]): Snapshot[] =>
  snapshots.map((one) => ({ ...one, bytes: [Buffer.from("state")] }));

for (const [about, saved, isApart] of [
  ["of one moment", [kept(at("a", 9, 5)), kept(at("b", 9, 5))], false],
  ["one is damaged and was there before", [kept(at("a", 9)), kept(at("b", 5))], true],
  ["one had nothing yet, and the other is of later", [kept(at("a", 9)), at("b", 5)], true],
  ["one is new and began later", [kept(at("a", 5)), at("b", 9)], false],
  ["there is no journal", [kept(at("a", -1)), kept(at("b", -1)).map((one) => ({ ...one, elapsed: 3 }))], false],
] as const)
  test(`pipelines that are joined and go on from different moments are told of: ${about}`, async () => {
    const told: unknown[] = [];
    const warn = (_: string, fields?: Record<string, unknown>): void => void told.push(fields?.pipelines);
    const log = { debug() {}, info() {}, warn, error() {} };
    const group = ["a", "b"].map((name) => ({ name, from: name }));
    const read = async (name: string): Promise<readonly Snapshot[]> => saved[name === "a" ? 0 : 1];
    await savedTogether([group], read, async () => {}, log);
    assert.deepEqual(told, isApart ? [["a", "b"]] : []);
  });
