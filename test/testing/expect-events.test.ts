import assert from "node:assert/strict";
import { test } from "node:test";
import { type EventFields, event } from "../../src/core/event.ts";
import { filter, fixedTimeWindow, map, rate, sflatten } from "../../src/stages/index.ts";
import { type ExpectedEvent, expectEvents, run, wait } from "../../src/testing/index.ts";

const events = (...all: readonly EventFields[]) => all.map((fields) => event({ time: 1, ...fields }));

/** What is said when these differ, without the first line's place in the stack. */
function complaint(actual: readonly EventFields[], expected: readonly ExpectedEvent[]): string {
  try {
    expectEvents(events(...actual), expected);
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "none";
}

test("only what is named is compared", () => {
  const actual = [{ service: "api", metric: 3, tags: ["a", "b"], attributes: { zone: "eu", rack: "7" } }, {}];
  expectEvents(events(...actual), [{ service: "api", attributes: { zone: "eu" } }, {}]);
  expectEvents(events(...actual), [
    { tags: ["a", "b"], time: 1 },
    { host: null, metric: null, tags: [] },
  ]);
  expectEvents(events({ metric: Number.NaN }, { metric: 0 }), [{ metric: Number.NaN }, { metric: -0 }]);
  expectEvents([], []);
});

test("a function says yes or no to a value that is there", () => {
  const isLarge = { metric: (metric: number) => metric > 2 };
  expectEvents(events({ metric: 3 }), [isLarge]);
  for (const metric of [2, null]) assert.match(complaint([{ metric }], [isLarge]), /1 is different/);
});

test("what differs stands side by side, carets under the fields", () => {
  const actual = [
    { service: "api", metric: 3 },
    { service: "db", metric: 40, host: "web 1", tags: ["x"] },
  ];
  const expected = [
    { service: "api", metric: 3 },
    { service: "db", metric: 4, host: null, tags: ["x", "y"] },
  ];
  assert.equal(
    complaint(actual, expected),
    `of 2 expected events 1 is different

    expected                      │ got
    host  service  metric  tags   │ host     service  metric  tags
          api      3              │          api      3       []
  ≠ null  db       4       [x, y] │ "web 1"  db       40      [x]
    ^^^^           ^       ^^^^^^ │ ^^^^^^^           ^^      ^^^
`,
  );
});

test("one that is missing does not make all others differ", () => {
  const said = complaint(
    [{ metric: 1 }, { metric: 3 }, { metric: 4, host: "h" }],
    [1, 2, 3].map((metric) => ({ metric })),
  );
  assert.equal(
    said,
    `of 3 expected events 1 did not come, 1 came that was not expected

    expected │ got
    metric   │ host  metric  time
    1        │       1       1
  - 2        │
    3        │       3       1
  +          │ h     4       1
`,
  );
});

test("of many that are as expected few are shown, and long texts are cut", () => {
  const many = Array.from({ length: 50 }, (_, metric) => ({ metric, service: "s".repeat(99) }));
  const said = complaint(many, [...many.slice(0, -1), { metric: -1 }]);
  assert.match(said, /^ {2}… 47 as expected +│$/m);
  assert.equal(said.split("\n").length, 10);
  assert.ok(said.split("\n").every((line) => line.length < 120));
});

test("an expectation that makes no sense is pointed out", () => {
  const wrong = (expected: unknown) => () => expectEvents([], expected as ExpectedEvent[]);
  const message = 'expected[0]: an event has no field "sevice"; did you mean service?';
  assert.throws(wrong([{ sevice: "a" }]), { code: "FTS_TEST", message });
  assert.throws(wrong({}), { code: "FTS_TEST", message: "expectEvents(expected): must be a list of events, got {}" });
});

test("when nothing came and a timer waits, the failure says so", () => {
  const hint = /nothing came out, and a timer waits until second 5, while the clock shows 0: wait\(5\) lets time pass/;
  assert.throws(() => expectEvents(run([rate(5)], [{ metric: 1 }]), [{ metric: 2 }]), hint);
  const others = [run([rate(5)], [{ metric: 1 }, wait(5)]), run([filter(() => false)], [{}]), run([rate(5)], [])];
  for (const other of others)
    assert.throws(
      () => expectEvents(other, [{ host: "another" }]),
      ({ message }: Error) => !message.includes("timer"),
    );
});

test("when nothing came of events that were too far ahead of the clock, the failure says so", () => {
  const steps = [0, 4, 100].map((time) => ({ time }));
  const hint = /\n {2}.*1 event was more than 60 s ahead of the clock and counted as now: at\(second, event\) moves it/;
  assert.throws(() => expectEvents(run([fixedTimeWindow(5), sflatten()], steps), [{}]), hint);
  assert.equal(run([fixedTimeWindow(5, { maxEmpty: 0 })], steps, { maxAhead: 100 }).length, 1);
});

test("when a stage awaits a promise that run does not settle, the failure says so", () => {
  const out = run([map(async (event) => event)], [{ metric: 1 }]);
  assert.throws(() => expectEvents(out, [{ metric: 1 }]), /map#0: waits for a promise, which runAsync lets settle/);
});

test("all that was expected came, and more", () => {
  assert.match(complaint([{ metric: 1 }, { metric: 2 }], [{ metric: 1 }]), /^1 came that was not expected\n/);
});
