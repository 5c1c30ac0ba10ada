import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event } from "../src/core/event.ts";
import { compileQuery } from "../src/query/query.ts";
import { ROOT } from "./sources.ts";

const PAGE = readFileSync(join(ROOT, "docs/queries.md"), "utf8");
const EVENTS = block("json").map((line) => event(JSON.parse(line)));
const ROWS = [...PAGE.matchAll(/^\| query \| finds \|\n\| --- \| --- \|\n((?:\|.*\n)+)/gm)].flatMap(([, rows = ""]) =>
  rows.trim().split("\n"),
);

for (const row of ROWS)
  test(`docs/queries.md: ${row}`, () => {
    const [query = "", ...services] = [...row.matchAll(/`([^`]+)`/g)].map(([, code = ""]) =>
      code.replaceAll("\\|", "|"),
    );
    const { matches } = compileQuery(query);
    assert.deepEqual(
      EVENTS.filter(matches).map(({ service }) => service),
      services,
    );
  });

test("docs/queries.md shows what is said of a mistake", () => {
  const said = block("text");
  assert.throws(() => compileQuery(said[1]?.trim() ?? ""), { message: said.join("\n") });
});

test("docs/queries.md has events and queries for them", () => {
  assert.equal(EVENTS.length, 4);
  assert.ok(ROWS.length > 20);
});

/** The lines of the page's first block in a language. */
function block(language: string): readonly string[] {
  const [, body = ""] = new RegExp(`^\`\`\`${language}\\n([^]*?)\\n\`\`\`$`, "m").exec(PAGE) ?? [];
  return body.split("\n");
}
