import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stages } from "../../src/core/stage.ts";
import { splitp, tag } from "../../src/stages/index.ts";
import { run } from "../../src/testing/index.ts";

const metrics = [0.7, 0.95, 0.9, null, Number.NaN].map((metric) => ({ metric }));
const graded = (stages: Stages, steps: Parameters<typeof run>[1] = metrics) =>
  run(stages, steps).map((e) => [e.metric ?? e.state, ...e.tags]);

test("puts the case's value on the left, and takes the first case that matches", () => {
  const cases = splitp(
    "<",
    "metric",
    [
      [0.9, [tag("critical")]],
      [0.5, [tag("warning")]],
    ],
    [tag("ok")],
  );
  assert.deepEqual(graded([cases]), [
    [0.7, "warning"],
    [0.95, "critical"],
    [0.9, "warning"],
    [null, "ok"],
    [Number.NaN, "ok"],
  ]);
});

test("knows the five comparisons", () => {
  const steps = [1, 2, 3].map((metric) => ({ metric }));
  const passed = (comparison: "<" | "<=" | ">" | ">=" | "=") =>
    run([splitp(comparison, "metric", [[2, []]])], steps).map((e) => e.metric);
  assert.deepEqual(
    (["<", "<=", ">", ">=", "="] as const).map((comparison) => [comparison, ...passed(comparison)]),
    [
      ["<", 3],
      ["<=", 2, 3],
      [">", 1],
      [">=", 1, 2],
      ["=", 2],
    ],
  );
});

test("compares null with nothing but null", () => {
  const state = (comparison: "<" | ">=" | "=") =>
    graded(
      [
        splitp(comparison, "state", [
          [null, [tag("none")]],
          ["ok", [tag("ok")]],
        ]),
      ],
      [{ state: null }, { state: "ok" }],
    );
  assert.deepEqual(state("="), [
    [null, "none"],
    ["ok", "ok"],
  ]);
  assert.deepEqual(state(">="), [["ok", "ok"]]);
  assert.deepEqual(run([splitp("<", "metric", [[-1, []]])], [{ metric: null }]), []);
});

test("does not make a number of a text", () => {
  assert.deepEqual(run([splitp("<", (e): string | number | null => e.state, [[1, []]])], [{ state: "2" }]), []);
});

test("looks the value up once, and asks a function that is given both", () => {
  let times = 0;
  const service = (e: { readonly service: string | null }) => {
    times += 1;
    return e.service;
  };
  const found = (pattern: RegExp, name: string | null) => name !== null && pattern.test(name);
  const stages = [
    splitp(
      found,
      service,
      [
        [/^api/, [tag("api")]],
        [/web/, [tag("web")]],
      ],
      [tag("other")],
    ),
  ];
  const steps = [{ service: "api 1" }, { service: "the web" }, { service: null }];
  assert.deepEqual(
    run(stages, steps).map((e) => e.tags[0]),
    ["api", "web", "other"],
  );
  assert.equal(times, 3);
});

test("drops what no case matches, where Riemann throws", () => {
  assert.deepEqual(graded([splitp("=", "state", [["ok", []]])], [{ state: "bad" }, { state: "ok" }]), [["ok"]]);
});

test("refuses an unknown comparison, a field that is none, and cases that are none", () => {
  // @ts-expect-error as in C
  assert.throws(() => splitp("==", "metric", [[1, []]]), {
    code: "FTS_STAGE_OPTION",
    message: 'splitp(compare): must be one of <, <=, >, >=, =, or a function, got "==" (a string)',
  });
  // @ts-expect-error a typing slip
  assert.throws(() => splitp("<", "metrics", [[1, []]]), {
    code: "FTS_STAGE_OPTION",
    message: /^splitp\(value\): must be one of host/,
  });
  // @ts-expect-error the stages are missing
  assert.throws(() => splitp("<", "metric", [[1]]), { code: "FTS_STAGE_OPTION", message: /^splitp\(case 0\)/ });
  // @ts-expect-error a regular expression is not less than anything
  assert.throws(() => splitp("<", "service", [[/a/, []]]), {
    code: "FTS_STAGE_OPTION",
    message: /^splitp\(case 0\): must be a pair, a string, number, boolean or null and a list of stages/,
  });
  const promise = splitp((async () => true) as unknown as () => boolean, "metric", [[1, []]]);
  assert.throws(() => run([promise], [{}]), /splitp\(compare\): must give true or false/);
});
