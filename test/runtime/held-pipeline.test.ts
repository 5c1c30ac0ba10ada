import assert from "node:assert/strict";
import { test } from "node:test";
import type { Supervisor } from "../../src/engine/supervisor.ts";
import { type HeldPipeline, withFeeders } from "../../src/runtime/held-pipeline.ts";

/** A pipeline with what it subscribes and publishes to, and where it was saved, or began. */
function held(
  name: string,
  channel: string | null,
  publishes: string,
  position: number | null,
  bytes = [Buffer.from("state")],
): HeldPipeline {
  const supervisor = { pipeline: { name }, channel, publishesTo: (other: string) => publishes === other };
  const saved = position === null ? null : { name, now: 0, elapsed: position, position, bytes };
  return { supervisor: supervisor as unknown as Supervisor, saved };
}

test("a new pipeline that feeds others waits for the first of them, through further new ones too", () => {
  const all = [
    held("in", null, "a", null),
    held("between", "a", "b", null),
    held("late", "b", "", 9),
    held("early", "b", "", 5),
    held("new at the end", "b", "", null),
    held("new and alone", null, "c", null),
    held("feeds, and was saved", null, "b", 7),
    held("feeds, and began later", null, "b", 7, []),
    held("feeds, and began before", null, "b", 3, []),
  ];
  const told: string[] = [];
  const found = withFeeders(all, ({ pipeline }) => told.push(pipeline.name));
  assert.deepEqual(
    found.map(({ supervisor, saved }) => [supervisor.pipeline.name, saved?.position ?? null]),
    [
      ["in", 5],
      ["between", 5],
      ["late", 9],
      ["early", 5],
      ["new at the end", null],
      ["new and alone", null],
      ["feeds, and was saved", 7],
      ["feeds, and began later", 5],
      ["feeds, and began before", 3],
    ],
  );
  assert.deepEqual(told, ["in", "between"]);
});

test("pipelines that feed each other wait for the one that was saved", () => {
  const found = withFeeders([held("a", "b", "a", 3), held("b", "a", "b", null)], () => {});
  assert.deepEqual(
    found.map(({ saved }) => saved?.position),
    [3, 3],
  );
});
