import assert from "node:assert/strict";
import { test } from "node:test";
import { stateName } from "../../src/core/spread.ts";
import { GivenUpEvents } from "../../src/host/given-up-events.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { MemoryFiles } from "../state/memory-files.ts";

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

test("what was given up is known to the next process, for the pipelines that the thread had, while the journal has it", async () => {
  const files = new MemoryFiles();
  const journal = { dir: "/journal", first: 0 };
  const open = () => GivenUpEvents.open({ journal, clock: new VirtualClock(), log: QUIET, files });
  const first = await open();
  first.add({ from: 12, to: 14 }, ["a", "b"]);
  first.add({ from: 3, to: 4 }, ["c"]);
  await first.close();
  const second = await open();
  assert.deepEqual(
    [["b", "x"], ["c"], ["x"]].map((names) => second.of(names).map(({ from, to }) => [from, to])),
    [[[12, 14]], [[3, 4]], []],
  );
  const part = (label: string): string => stateName("c", "host", { label, partitionKey: "host" });
  second.add({ from: 7, to: 9 }, [part("1 of 2")]);
  assert.deepEqual(
    [part("1 of 2"), part("2 of 2"), "c"].map((name) => second.of([name]).map(({ from }) => from)),
    [[3, 7], [3], [3]],
    "what one worker ended at is for the others, unless the pipeline was in that alone",
  );
  journal.first = 4;
  for (let from = 20; from < 1_030; from++) second.add({ from, to: from + 1 }, ["d"]);
  assert.deepEqual(second.of(["c"]), [], "the journal does not have it any more");
  const left = second.of(["a", "d"]);
  assert.deepEqual([left.length, left[0]?.from, left.at(-1)?.from], [1000, 30, 1029]);
  await second.close();
  const third = await open();
  assert.equal(third.of(["a", "d"]).length, 1000, "what is not kept is not on disk either");
  await third.close();
});
