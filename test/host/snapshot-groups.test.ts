import assert from "node:assert/strict";
import { test } from "node:test";
import { lastTogether, savedTogether } from "../../src/host/snapshot-groups.ts";
import type { Snapshot } from "../../src/state/snapshot-files.ts";

const snapshot = (name: string, elapsed: number): Snapshot => {
  return { name, now: 0, elapsed, position: Math.floor(elapsed), bytes: [] };
};
const at = (name: string, ...positions: readonly number[]): Snapshot[] =>
  positions.map((position) => snapshot(name, position));

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

/** What the log is told of a group: the pipelines. */
async function toldOf(saved: readonly (readonly Snapshot[])[], names: readonly string[]): Promise<unknown[]> {
  const told: unknown[] = [];
  const warn = (_: string, fields?: Record<string, unknown>): void => void told.push(fields?.pipelines);
  const log = { debug() {}, info() {}, warn, error() {} };
  const read = async (name: string): Promise<readonly Snapshot[]> => saved[names.indexOf(name)] ?? [];
  const group = names.map((from) => ({ name: "a", from }));
  await savedTogether([group], read, async () => {}, log);
  return told;
}

for (const [about, saved, isApart] of [
  ["of one moment", [kept(at("a", 9, 5)), kept(at("b", 9, 5))], false],
  ["one is damaged and was there before", [kept(at("a", 9)), kept(at("b", 5))], true],
  ["one had nothing yet, and the other is of later", [kept(at("a", 9)), at("b", 5)], true],
  ["one is new and began later", [kept(at("a", 5)), at("b", 9)], false],
  ["there is no journal", [kept(at("a", -1)), kept(at("b", -1)).map((one) => ({ ...one, elapsed: 3 }))], false],
] as const)
  test(`pipelines that are joined and go on from different moments are told of: ${about}`, async () => {
    assert.deepEqual(await toldOf(saved, ["a", "b"]), isApart ? [["a", "b"]] : []);
  });

test("parts of a pipeline that were in different workers give each other nothing: they may be apart", async () => {
  const names = ["a\0host 1 of 2", "b\0host 1 of 2", "a\0host 2 of 2", "b\0host 2 of 2"];
  const saved = (...at: readonly number[]): Snapshot[][] => names.map((name, n) => kept([snapshot(name, at[n] ?? 0)]));
  assert.deepEqual(await toldOf(saved(9, 9, 5, 5), names), []);
  assert.deepEqual(await toldOf(saved(9, 9, 5, 4), names), [["a host 2 of 2", "b host 2 of 2"]]);
});
