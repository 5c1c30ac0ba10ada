import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSet } from "../../src/routes/check-set.ts";
import type { DryRunPipeline } from "../../src/routes/dry-run.ts";
import { declared } from "./declared.ts";

function at(name: string, file: string, line: number, route = file): DryRunPipeline {
  return declared(name, { file: `/r/${file}`, line, route: `/r/${route}`, empty: true });
}

const messages = (...pipelines: readonly DryRunPipeline[]) =>
  checkSet(pipelines, "/r").map(({ file, line, message }) => `${file}:${line} ${message}`);

test("names that differ are fine", () => {
  assert.deepEqual(messages(at("a", "a.ts", 1), at("b", "a.ts", 2), at("A", "b.ts", 1)), []);
});

test("a name used twice is a problem that names both places", () => {
  assert.deepEqual(messages(at("a", "a.ts", 1), at("a", "b.ts", 7), at("a", "b.ts", 9)), [
    '/r/b.ts:7 pipeline "a" is already declared at a.ts:1:1: give one of them another name',
    '/r/b.ts:9 pipeline "a" is already declared at a.ts:1:1: give one of them another name',
  ]);
});

test("a loop that gives one name to all its pipelines is told so", () => {
  assert.deepEqual(messages(at("a", "a.ts", 1), at("a", "a.ts", 1)), [
    '/r/a.ts:1 pipeline "a" is declared here twice: give each another name',
  ]);
});

test("a shared file that two route files import is told to be a route file", () => {
  assert.deepEqual(messages(at("a", "_s.ts", 1, "a.ts"), at("a", "_s.ts", 1, "b.ts")), [
    '/r/_s.ts:1 pipeline "a" is declared here twice, for a.ts and b.ts import this file: declare it in a route file of its own',
  ]);
});
