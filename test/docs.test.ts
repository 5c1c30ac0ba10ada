import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { signatureOf } from "../docs/signature.ts";
import { anchorOf, stagesPage } from "../docs/stages.ts";
import { type Documented, readDocs, readTypes } from "../docs/tsdoc.ts";
import * as door from "../src/index.ts";
import { PAGES, page } from "./pages.ts";
import { ROOT, readSources } from "./sources.ts";

const STAGES = page("docs/stages.md");
const OF_STAGES = readSources()
  .filter(({ path }) => path.startsWith("stages/"))
  .flatMap(({ text }) => readDocs(text))
  .filter(({ category }) => category !== null);

test("a comment is read by its tags, with the line of its example and each overload", () => {
  const source = `import { x } from "./x.ts";

/**
 * Does it,
 * at once.
 *
 * Holds nothing.
 *
 * @param n - How many,
 * >= 1.
 * @category Route
 * @example
 * pipeline("x", [it(1)]);
 */
export function it(n: number): Stage;
export function it(n: string): Stage;
export function it(n: unknown): Stage {
  return x(n);
}
`;
  const [doc] = readDocs(source);
  assert.deepEqual(doc, {
    line: 3,
    name: "it",
    code: ["it(n: number): Stage", "it(n: string): Stage"],
    paragraphs: ["Does it, at once.", "Holds nothing."],
    params: new Map([["n", "How many, >= 1."]]),
    throws: [],
    examples: [{ line: 13, code: 'pipeline("x", [it(1)]);\n' }],
    category: "Route",
    fallback: null,
  });
});

test("a signature is told without what only the compiler needs", () => {
  const code = `by<const Each extends AnyStages>(
  key: Key,
  stages: Each & Chain<Event, Each>,
  options: ByOptions = {},
): Stage<Event, Emitted<Event, Each>>`;
  const told = "by(key: Key, stages: Stages, options?: ByOptions): Stage<Event, Emitted>";
  assert.equal(signatureOf("by", code), told);
  const list = 'deleteFromIndex(key: Key = ["host", "service"]): Through<EventOrList>';
  assert.equal(signatureOf("deleteFromIndex", list), "deleteFromIndex(key?: Key): Through<EventOrList>");
});

test("docs/stages.md is what `npm run docs` makes of the source", () => {
  assert.ok(STAGES === stagesPage(), "docs/stages.md is out of date: run `npm run docs` and commit it");
});

test("docs/stages.md tells of everything that makes up a pipeline: each has an @category", () => {
  const { folds, ...others } = door;
  const functions = Object.entries(others).filter(([, value]) => !String(value).startsWith("class"));
  const names = [...functions.map(([name]) => name), ...Object.keys(folds).map((name) => `folds.${name}`)];
  const told = new Set([...STAGES.matchAll(/^### (.*)$/gm)].map(([, title]) => title));
  assert.deepEqual(
    names.filter((name) => !told.has(name)),
    [],
  );
});

test("each stage says when it emits, what it holds, and what becomes of events that have expired", () => {
  const WORDS = [/\bemits?\b/i, /\bholds?\b/i, /\bexpired\b/i];
  // One that is told by another, "as {@link fixedTimeWindow}", does so too.
  const isTold = ({ paragraphs, params }: Documented): boolean => {
    const text = [...paragraphs, ...params.values()].join(" ");
    return text.includes("{@link ") || WORDS.every((word) => word.test(text));
  };
  assert.deepEqual(
    OF_STAGES.filter((doc) => !isTold(doc)).map(({ name }) => name),
    [],
  );
});

test("each parameter of a stage is told of", () => {
  const untold = OF_STAGES.flatMap(({ name, code, params }) => {
    const given = parametersOf(code[0] ?? "").filter((one) => one !== "options");
    return given.filter((one) => !params.has(one)).map((one) => `${name}(${one})`);
  });
  assert.deepEqual(untold, []);
});

test("the guide names everything that a stage's context offers", () => {
  const { text = "" } = readSources().find(({ path }) => path === "core/context.ts") ?? {};
  const offered = [...(readTypes(text).get("Context") ?? "").matchAll(/^ {2}(?:readonly )?(\w+)(?=[:(<])/gm)];
  const [, table = ""] = /## What the context offers\n([\s\S]*?)\n## /.exec(page("docs/writing-stages.md")) ?? [];
  const named = [...table.matchAll(/^\|.*?\|/gm)].flatMap(([cell]) => cell.match(/(?<=`)\w+/g) ?? []);
  assert.deepEqual(named.toSorted(), offered.map(([, name]) => name).sort());
});

test("every link between the pages leads to a heading", () => {
  const broken = [...PAGES].flatMap(([page, text]) =>
    [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
      .filter(([, path = "", anchor]) => !leadsSomewhere(join(dirname(page), path), path === "" ? page : null, anchor))
      .map(([link]) => `${page}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test("no two headings of a page have the same anchor", () => {
  // Each version of the changelog has its "Added".
  for (const [path, text] of [...PAGES].filter(([name]) => name !== "CHANGELOG.md")) {
    const anchors = anchorsOf(text);
    assert.deepEqual(anchors, [...new Set(anchors)], path);
  }
});

function leadsSomewhere(path: string, self: string | null, anchor: string | undefined): boolean {
  const text = PAGES.get(self ?? path);
  if (text === undefined || anchor === undefined) return existsSync(join(ROOT, self ?? path));
  return anchorsOf(text).includes(anchor);
}

function anchorsOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => anchorOf(title));
}

/** The names of a function's parameters. */
function parametersOf(code: string): string[] {
  let list = /\(([\s\S]*)/.exec(code)?.[1] ?? "";
  for (let before = ""; before !== list; ) {
    before = list;
    list = list.replace(/\([^()]*\)|\{[^{}]*\}|\[[^[\]]*\]|<[^<>]*>|=>/g, "");
  }
  const [inside = ""] = list.split(")");
  return inside.split(",").flatMap((one) => /^\s*(?:\.{3})?(\w+)\??:?/.exec(one)?.[1] ?? []);
}
