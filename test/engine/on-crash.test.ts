import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../../src/core/event.ts";
import { type Stage, stage } from "../../src/core/stage.ts";
import { by, counter, fixedEventWindow, map, sflatten, throttle } from "../../src/stages/index.ts";
import { fieldsOf } from "../core/fields.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { rig } from "./rig.ts";

/** Throws at metrics below 0. */
const bomb = (): Stage =>
  map((e) => {
    if ((e.metric ?? 0) < 0) throw new RangeError(`at ${e.metric}`);
    return e;
  });

/** Keeps what comes by. */
function keep(): { readonly got: Event[]; readonly stage: Stage } {
  const got: Event[] = [];
  const keeper = stage("keep", ({ emit }) => (e) => {
    got.push(e);
    emit(e);
  });
  return { got, stage: keeper };
}

test("a restart is told as an event with pipeline, stage, event and stack", () => {
  const { got, stage: kept } = keep();
  const { offer, out, report } = rig([by("host", [bomb()])], { onCrash: [kept] });
  offer(1, -2, 3);
  assert.deepEqual(out, [1, 3]);
  const { description, attributes, ...fields } = fieldsOf(got[0]);
  assert.deepEqual(fields, {
    host: null,
    service: "fast-ts exception",
    state: "error",
    metric: 1,
    metricIsFloat: false,
    time: 1000,
    ttl: null,
    tags: ["exception", "RangeError"],
  });
  assert.equal(description, "at -2");
  const { event = "", ...others } = { ...attributes };
  assert.deepEqual(others, { pipeline: "rig", stage: "by#0/map#0" });
  assert.equal(JSON.parse(event).metric, -2);
  assertBalanced(report());
});

test("its stages are outside of what restarts: they keep state and timers, and have lines of the ledger", async () => {
  const { got, stage: kept } = keep();
  const { offer, report, wait } = rig([bomb(), counter()], { onCrash: [throttle(1, 60), counter(), kept] });
  offer(-1, 1, -1);
  await wait(70);
  offer(-1);
  assert.deepEqual(
    got.map((e) => e.metric),
    [1, 2],
  );
  const lines = report().stages.map(({ place, received }) => [place, received]);
  assert.deepEqual(lines, [
    ["map#0", 4],
    ["counter#1", 1],
    ["onCrash/throttle#0", 3],
    ["onCrash/counter#1", 2],
    ["onCrash/keep#2", 2],
  ]);
  assert.deepEqual([report().offered, report().taken, report().restarts], [4, 4, 3]);
  assertBalanced(report());
});

test("what they hold is given out at a stop", async () => {
  const { got, stage: kept } = keep();
  const { supervisor, offer, report } = rig([bomb()], { onCrash: [fixedEventWindow(10), sflatten(), kept] });
  offer(-1, -2);
  assert.deepEqual(got, []);
  await supervisor.stop();
  assert.equal(got.length, 2);
  assertBalanced(report());
});

test("a throw of theirs is logged, touches nobody else, and is told to nobody", async () => {
  const seen: (string | undefined)[] = [];
  const fragile = stage("fragile", ({ clock, emit }) => {
    let n = 0;
    clock.after(100, () => {
      throw new Error("in a timer");
    });
    return (e) => {
      seen.push(e.attributes.stage);
      if (++n === 2) throw new Error("I too");
      emit(e);
    };
  });
  const { offer, out, report, messages, wait } = rig([bomb()], { onCrash: [fragile] });
  offer(1, -1, -1, 2, -1, 3);
  assert.deepEqual(out, [1, 2, 3]);
  assert.deepEqual([seen.length, report().restarts, report().state], [3, 3, "running"]);
  assert.deepEqual(
    messages("stage of onCrash threw").map(({ fields }) => [fields.pipeline, fields.stage, fields.error]),
    [["rig", "onCrash/fragile#0", "I too"]],
  );
  await wait(200);
  assert.equal(messages("stage of onCrash threw").length, 2, "of the timers only that of the living one");
  assert.deepEqual(report().stages[1]?.lost.crash, 1);
  assertBalanced(report());
});

test("stages that do not start are logged and tried again with the next crash", () => {
  const { got, stage: kept } = keep();
  let starts = 0;
  const moody = stage("moody", ({ emit }) => {
    if (++starts === 1) throw new Error("not now");
    return emit;
  });
  const { offer, out, messages } = rig([bomb()], { onCrash: [moody, kept] });
  offer(1, -1, 2);
  assert.deepEqual([out, got.length, messages("onCrash did not start").length], [[1, 2], 1, 1]);
});

test("stages of the pipeline that do not start, and code outside of any stage, are told too", () => {
  const { got, stage: kept } = keep();
  let starts = 0;
  const moody = stage("moody", ({ emit }) => {
    if (++starts === 2) throw new Error("not again");
    return emit;
  });
  const { supervisor, offer, report } = rig([bomb(), moody], { onCrash: [kept] });
  offer(-1);
  supervisor.crashed(new Error("stray"));
  const told = got.map((e) => [e.description, e.attributes.stage]);
  assert.deepEqual(told, [
    ["at -1", "map#0"],
    ["moody#1 threw while it started: not again", undefined],
    ["stray", undefined],
  ]);
  assert.equal(report().restarts, 3);
});

test("what its own stages leave behind is not blamed on the pipeline", () => {
  const owners: { crashed(error: Error): void }[] = [];
  const { offer, out, thread, report, messages } = rig([bomb()], { onCrash: [keep().stage] });
  thread.enter = (owner, work) => {
    owners.push(owner);
    return work();
  };
  offer(-1, 1);
  for (const owner of new Set(owners)) if (!("offer" in owner)) owner.crashed(new Error("stray"));
  assert.deepEqual([out, report().restarts, messages("onCrash threw outside a stage").length], [[1], 1, 1]);
});
