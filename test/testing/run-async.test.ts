import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stage } from "../../src/core/stage.ts";
import { sink } from "../../src/delivery/sink.ts";
import { map, parallel, rate } from "../../src/stages/index.ts";
import { runAsync, wait } from "../../src/testing/index.ts";

const numbers = [1, 2, 3].map((metric) => ({ metric }));

test("a stage's promise settles before the next step, and virtual time stands still meanwhile", async () => {
  const times: number[] = [];
  const noting = stage("noting", ({ clock, emit }) => async (event) => {
    for (let i = 0; i < 100; i++) await Promise.resolve();
    times.push(clock.now());
    emit(event);
  });
  const out = await runAsync([noting, rate(5)], [{ metric: 1 }, wait(1), { metric: 2 }, wait(4)]);
  assert.deepEqual(times, [0, 1]);
  assert.deepEqual(
    out.map(({ metric }) => metric),
    [3 / 5],
  );
});

test("what comes from the real world is waited for", async () => {
  const slow = map(async (event) => {
    await sleep(30);
    return event.with({ description: (await readFile(import.meta.filename, "utf8")).slice(0, 6) });
  });
  const out = await runAsync([slow], numbers);
  assert.deepEqual(
    out.map(({ metric, description }) => [metric, description]),
    [1, 2, 3].map((metric) => [metric, "import"]),
  );
});

test("a promise that comes with virtual time needs time to pass, and gets it", async () => {
  const waiting: (() => void)[] = [];
  const door = stage("door", ({ clock, emit }) => async (event) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    emit(event.with({ time: clock.now() }));
  });
  const porter = stage("porter", ({ clock, emit }) => {
    clock.every(2, () => waiting.shift()?.());
    return emit;
  });
  const out = await runAsync([door, porter], [...numbers, wait(6)]);
  assert.deepEqual(
    out.map(({ metric, time }) => [metric, time]),
    [
      [1, 2],
      [2, 4],
      [3, 6],
    ],
  );
});

test("a stage that never settles is named, and the run ends", async () => {
  const never = map(() => new Promise<null>(() => {}));
  await assert.rejects(runAsync([map((e) => e), parallel(2, [never])], numbers), {
    code: "FTS_TEST",
    message: /^parallel#1\/map#0: still waits for a promise that has not settled; .*wait\(seconds\)$/,
  });
});

test("a stage that rejects makes the run reject, with the place and the cause", async () => {
  const cause = new Error("no such host");
  const failing = map(() => Promise.reject(cause));
  await assert.rejects(runAsync([failing], numbers), {
    code: "FTS_STAGE_THREW",
    message: /^map#0 threw: no such host at .*run-async\.test\.js:\d+:\d+$/,
    cause,
  });
});

test("what a sink writes is written when the run ends", async () => {
  const written: (number | null)[] = [];
  const slow = sink("slow", () => ({
    write: async (batch) => {
      await Promise.resolve();
      written.push(...batch.map(({ metric }) => metric));
    },
  }));
  await runAsync([slow], numbers);
  assert.deepEqual(written, [1, 2, 3]);
});
