import assert from "node:assert/strict";
import { test } from "node:test";
import { ROWS, readSinks, sinksPage } from "../docs/sinks.ts";
import * as sinks from "../src/sinks/index.ts";
import { OUTAGES, UNDRILLED } from "./drills/outages/table.ts";
import { page } from "./pages.ts";

/** These say it in words of their own: `stdout()` has no target, mail is for people. */
const IN_PROSE = ["email", "stdout"];

test("docs/sinks.md is what `npm run docs` makes of the source", () => {
  assert.ok(page("docs/sinks.md") === sinksPage(), "docs/sinks.md is out of date: run `npm run docs` and commit it");
});

test("docs/sinks.md has a section for every sink", () => {
  assert.deepEqual(
    readSinks().map(({ name }) => name),
    Object.keys(sinks).sort(),
  );
});

test("the comment of each sink says what it sends, its limits, what it tries again and gives up, and what comes twice", () => {
  const silent = readSinks()
    .filter(({ name }) => !IN_PROSE.includes(name))
    .flatMap(({ name, rows }) => ROWS.filter((row) => !rows.has(row)).map((row) => `${name}: "${row}: …"`));
  assert.deepEqual(silent, [], "see docs/sinks.ts for the form, and src/sinks/webhook.ts for an example");
});

test("the outage drill has a row for each sink that sends something", () => {
  assert.deepEqual([...Object.keys(OUTAGES), ...UNDRILLED].sort(), Object.keys(sinks).sort());
});
