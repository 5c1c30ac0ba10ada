import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { stateName } from "../../src/core/spread.ts";
import type { Supervisor } from "../../src/engine/supervisor.ts";
import { MarkStore } from "../../src/host/output-marks.ts";
import { type Given, OutputWatch } from "../../src/host/output-watch.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const supervisor = (name: string, isSettled: boolean): Supervisor =>
  ({ pipeline: { name }, isSettled }) as unknown as Supervisor;

test("what came out until a moment has left the thread once its targets and the printer are done with it", async () => {
  const [clock, machine] = [new VirtualClock(5), new VirtualClock(1000)];
  const passed: Given[] = [];
  const asked: (() => void)[] = [];
  let safeUntil = 0;
  const printed = { given: 3, out: 1 };
  const watch = new OutputWatch({
    ...{ clock, machine, supervisors: () => [supervisor("a", true), supervisor("b", false)] },
    nameOf: ({ pipeline }) => `part of ${pipeline.name}`,
    atRest: (work) => void asked.push(work),
    isSafe: (until) => until <= safeUntil,
    printed: () => printed,
    passed: (given) => void passed.push(given),
  });
  watch.look();
  watch.look();
  assert.equal(asked.length, 1, "it is asked once");
  asked[0]?.();
  printed.given = 4; // at the end of that turn
  machine.advanceTo(1001);
  clock.advanceTo(6);
  await turn();
  watch.look();
  safeUntil = 1001;
  watch.look();
  printed.out = 3;
  watch.look();
  assert.deepEqual(passed, []);
  printed.out = 4;
  watch.look();
  assert.deepEqual(passed, [{ elapsed: 5, pipelines: ["part of a"] }]);
  watch.look();
  assert.equal(asked.length, 2);
});

async function opened(t: TestContext, dir: string) {
  const clock = new VirtualClock();
  const silent = (): void => {};
  const marks = await MarkStore.open({ dir, clock, log: { debug: silent, info: silent, warn: silent, error: silent } });
  t.after(() => marks.close());
  return { clock, marks };
}

test("what has left a worker is delivered once the targets of the process have it, and a restart knows that", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const { clock, marks } = await opened(t, dir);
  let isSafe = false;
  let asked = 0;
  marks.isSafe = (until) => {
    asked = until;
    return isSafe;
  };
  marks.passed(0, { elapsed: 5, pipelines: ["a", "b"] });
  marks.passed(0, { elapsed: 9, pipelines: ["a"] });
  assert.equal(marks.of(["a", "b"]).size, 0);
  assert.equal(asked, 0, "what was handed over with it came before it did");
  isSafe = true;
  clock.advanceTo(1);
  assert.deepEqual(
    [...marks.of(["a", "b", "c"])],
    [
      ["a", 5],
      ["b", 5],
    ],
  );
  marks.passed(1, { elapsed: 7.25, pipelines: ["b"] });
  await marks.close();
  const again = await opened(t, dir);
  assert.deepEqual(
    [...again.marks.of(["a", "b", "c"])],
    [
      ["a", 5],
      ["b", 7.25],
    ],
  );
});

test("a part of a pipeline has a mark of its own, and what all parts of another number have given out is delivered, too", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "fast-ts-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const { clock, marks } = await opened(t, dir);
  const part = (label: string): string => stateName("a", "host", { label, partitionKey: "host" });
  const markOf = (name: string): number | undefined => marks.of([name]).get("a");
  const passed = (worker: number, elapsed: number, name: string): void => {
    marks.passed(worker, { elapsed, pipelines: [name] });
    clock.advanceTo(clock.now() + 1);
  };
  passed(0, 5, part("1 of 2"));
  passed(1, 9, part("2 of 2"));
  assert.deepEqual([part("1 of 2"), part("2 of 2"), part("3 of 3")].map(markOf), [5, 9, 5]);
  passed(0, 12, part("1 of 3"));
  passed(1, 13, part("2 of 3"));
  assert.deepEqual([part("1 of 2"), part("1 of 3"), "a"].map(markOf), [5, 12, 5], "one of three parts is not known");
  passed(2, 11, part("3 of 3"));
  assert.deepEqual([part("1 of 2"), part("1 of 3"), "a"].map(markOf), [11, 12, 11]);
});
