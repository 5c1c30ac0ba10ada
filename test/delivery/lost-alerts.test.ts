import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventFields, event } from "../../src/core/event.ts";
import type { TargetNews } from "../../src/core/target-port.ts";
import { LostAlerts } from "../../src/delivery/lost-alerts.ts";
import { Letter } from "../../src/delivery/rendered.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const alerted = (key: string, fields: EventFields = {}) =>
  event({ ...fields, time: 0, attributes: { "alert key": key, "alert phase": "trigger" } });

function rig() {
  const clock = new VirtualClock();
  const told: TargetNews[] = [];
  const log = { info() {}, warn() {}, error() {} };
  const tell = (news: TargetNews): void => void told.push(news);
  const lost = new LostAlerts("slack x", { clock, log, random: () => 0, dataDir: null, tell });
  return { clock, lost, told, words: () => told.map(({ state, description }) => `${state} ${description}`) };
}

test("the first alert that a target does not take is told of, and the end when it takes some again", () => {
  const { clock, lost, told, words } = rig();
  lost.add([alerted("a")], "refused: no");
  lost.add([alerted("b"), alerted("c")], "refused: no");
  lost.delivered();
  clock.advanceTo(10);
  lost.delivered();
  lost.delivered();
  lost.add([alerted("d")], "overflow");
  assert.deepEqual(words(), [
    "critical slack x did not take the trigger of alert a: refused: no",
    "ok slack x takes alerts again, it was not told 3 times",
    "critical slack x did not take the trigger of alert d: overflow",
  ]);
  assert.deepEqual(told[0], {
    ...{ service: "fast-ts alert lost", target: "slack x", state: "critical" },
    description: "slack x did not take the trigger of alert a: refused: no",
    attributes: { "lost alert": "a", reason: "refused: no" },
  });
});

test("that no end will be told is told when the target is closed, and only then", () => {
  const { clock, lost, told } = rig();
  lost.close();
  lost.add([alerted("a")], "refused: no");
  lost.close();
  clock.advanceTo(10);
  lost.delivered();
  lost.close();
  assert.deepEqual(
    told.map(({ state }) => state),
    ["critical", "closed", "ok"],
  );
});

test("whatever an item is: an event, a list, a letter, or what was rendered", () => {
  const rendered = { title: "t", alerts: [{ key: "a", phase: "resolve" }] };
  for (const item of [alerted("a"), [alerted("a")], new Letter("text", alerted("a")), rendered, [rendered]]) {
    const { lost, words } = rig();
    lost.add([item], "w");
    assert.match(words()[0] ?? "", /alert a: w$/);
  }
});

test("of what is no alert, and of what tells of a lost one, nothing is said", () => {
  const { lost, told } = rig();
  lost.add(
    [event({ time: 0 }), "text", null, { alerts: [] }, alerted("a", { service: "fast-ts alert lost slack x" })],
    "w",
  );
  assert.deepEqual(told, []);
});
