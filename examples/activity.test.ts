import assert from "node:assert/strict";
import { test } from "node:test";
import { at, routes, wait } from "fast-ts/testing";

const action = (service: string, user: string) => ({ host: "web-1", service, tags: ["user"], attributes: { user } });

const printed = (events: readonly { service: string | null; time: number; metric: number | null }[], service: string) =>
  events.filter((event) => event.service === service).map(({ time, metric }) => [time, metric]);

const SECONDS = [
  at(0.2, action("click", "ann")),
  at(0.7, action("click", "ann")),
  at(0.9, action("click", "bob")),
  at(1.1, action("search", "bob")),
  at(1.5, action("click", "cy")),
  wait(1),
];

test("each second has the number of each action", () => {
  const t = routes("./activity.ts");
  t.inject(SECONDS);
  assert.deepEqual(printed(t.sinks.stdout, "click"), [
    [1, 3],
    [2, 1],
  ]);
  assert.deepEqual(printed(t.sinks.stdout, "search"), [[2, 1]]);
});

test("each second has the number of users who did something", () => {
  const t = routes("./activity.ts");
  t.inject(SECONDS);
  assert.deepEqual(printed(t.sinks.stdout, "users"), [
    [1, 2],
    [2, 2],
  ]);
});

test("what machines do is no activity", () => {
  const t = routes("./activity.ts");
  t.inject([{ service: "cron", metric: 1 }, wait(5)]);
  assert.deepEqual(t.sinks.stdout, []);
});
