import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, type Problem } from "../../src/routes/problem.ts";

const problem: Problem = {
  file: "/etc/routes/a.ts",
  line: 3,
  column: 6,
  message: "wrong",
  source: "\tfoo(bar)",
  severity: "error",
};

test("a problem is printed with its place, its line and a caret that keeps tabs", () => {
  assert.equal(formatProblem(problem, "/etc"), "routes/a.ts:3:6: wrong\n  3 | \tfoo(bar)\n    | \t    ^");
});

test("a warning says that it is one", () => {
  assert.match(formatProblem({ ...problem, severity: "warning" }), /^\/etc\/routes\/a\.ts:3:6: warning: wrong\n/);
});

test("a problem without a line is its file and message", () => {
  assert.equal(formatProblem({ ...problem, line: null, column: null, source: null }, "/etc/routes"), "a.ts: wrong");
});

test("a problem without a column shows its line without a caret", () => {
  assert.equal(formatProblem({ ...problem, column: null }, "/etc/routes"), "a.ts:3: wrong\n  3 | \tfoo(bar)");
});

test("a line too long to read is left out", () => {
  assert.equal(formatProblem({ ...problem, source: "x".repeat(1000) }, "/etc/routes"), "a.ts:3:6: wrong");
});
