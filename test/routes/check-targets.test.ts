import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventOrList } from "../../src/core/event-list.ts";
import { pipeline } from "../../src/core/pipeline.ts";
import type { Through } from "../../src/core/stage.ts";
import { checkTargets } from "../../src/routes/check-targets.ts";
import { toDryRun } from "../../src/routes/dry-run-report.ts";
import { webhook } from "../../src/sinks/webhook.ts";

const place = { file: "/r/a.ts", line: 1, column: 1, source: null };
const told = (...stages: readonly Through<EventOrList>[]): string[] =>
  checkTargets(stages.map((stage, at) => toDryRun({ pipeline: pipeline(`p${at}`, [stage]), place }, place.file))).map(
    ({ severity, message }) => `${severity}: ${message}`,
  );

const URL = "http://a.example.com/";

test("sinks that agree, or have a queue each, are fine", () => {
  const both = webhook(URL, { name: "W", maxEvents: 5 });
  assert.deepEqual(told(both, both, webhook("http://b.example.com"), webhook(URL)), []);
});

test("two sinks of one name and different addresses are told", () => {
  assert.deepEqual(told(webhook(URL, { name: "W" }), webhook("http://b.example.com", { name: "W" })), [
    'warning: pipeline "p1": webhook W shares its queue with the one of pipeline "p0", and has another address or other ' +
      "options: all is sent as one of them has it. Give each a `name` of its own, or make them agree",
  ]);
});

test("so are two sinks of one address that make different bodies", () => {
  assert.equal(told(webhook(URL, { body: () => "a" }), webhook(URL, { body: () => "b" }), webhook(URL)).length, 2);
});

test("so are two sinks of a target that want different things of its queue", () => {
  assert.deepEqual(told(webhook(URL, { maxEvents: 5, timeout: 3 }), webhook(URL, { timeout: 30 })), [
    'warning: pipeline "p1": webhook a.example.com shares its queue with the one of pipeline "p0", and has another ' +
      "maxEvents, timeout: that of one of them holds for both. Give each a `name` of its own, or make them agree",
  ]);
});
