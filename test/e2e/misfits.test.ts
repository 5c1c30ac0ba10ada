import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as door from "../../src/index.ts";
import { compileSnippets } from "../compiled.ts";
import { ROOT } from "../sources.ts";

test("each stage and sink has a wrong use in types.test.ts, which must not compile", () => {
  const source = readFileSync(join(ROOT, "test", "types.test.ts"), "utf8");
  const uses = [...source.matchAll(/\/\/ @ts-expect-error .*\n([\s\S]*?);\n/g)].map(([, use = ""]) => use);
  const used = new Set(uses.flatMap((use) => use.match(/\w+(?=\()/g) ?? []));
  const { folds: _, Event: __, FastTsError: ___, Secret: ____, ...factories } = door;
  assert.deepEqual(
    Object.keys(factories).filter((name) => !used.has(name)),
    [],
  );
});

/** Chains with a stage that does not take what comes; `^` stands before what the compiler is to blame. */
const MISFITS = [
  'pipeline("x", [lists, ^over(1)])',
  'pipeline("x", [^combine(folds.sum)])',
  'pipeline("x", [by("host", [lists]), ^over(1)])',
  'pipeline("x", [parallel(2, [lists]), ^over(1)])',
  'pipeline("x", [where(isOk, [lists], []), ^over(1)])',
  'pipeline("x", [split([[isOk, [lists]]], []), ^over(1)])',
  'pipeline("x", [sdo([], [lists]), ^over(1)])',
  'pipeline("x", [lists, stdout(), throttle(1, 60), ^over(1)])',
  'pipeline("x", [lists, ^tee([throttle(1, 60), over(1)])])',
  'pipeline("x", [^io([combine(folds.sum)])])',
  'by("host", [lists, ^over(1)])',
  "parallel(2, [lists, ^over(1)])",
  "where(isOk, [lists, ^over(1)])",
  "where(isOk, [], [lists, ^over(1)])",
  "dual(isOk, [], [lists, ^over(1)])",
  'top(3, "metric", [lists, ^over(1)])',
  'top(3, "metric", [], { bottom: [lists, ^over(1)] })',
  "fixedTimeWindow(60, { late: [lists, ^over(1)] })",
  "split([[isOk, []]], [lists, ^over(1)])",
  "split([[isOk, [lists, ^over(1)]]])",
  'splitp("<", "metric", [[1, [lists, ^over(1)]]])',
  // Of lists that are part of a longer one the compiler blames the whole.
  "tee(^[lists, over(1)])",
  "tee(^[over(1)], [combine(folds.sum)])",
  "sdo(^[], [lists, over(1)])",
];
const IN_WORDS = '"this stage does not take what the stage before it emits"';

test("a stage that does not take what comes is told so in words, where it stands", async (t) => {
  const head = [
    `import { ${Object.keys(door).join(", ")} } from "fast-ts";`,
    "const lists = fixedEventWindow(3);",
    'const isOk = (e: Event) => e.state === "ok";',
  ];
  const source = [...head, ...MISFITS.map((misfit) => `${misfit.replace("^", "")};`)].join("\n");
  const compiled = await compileSnippets(new Map([["misfits", source]]));
  t.after(() => compiled.remove());
  const complaints = compiled.complaints.split(/^(?=\w)/m);
  for (const [at, misfit] of MISFITS.entries()) {
    const line = `misfits.ts(${head.length + at + 1},`;
    const complaint = complaints.find((one) => one.startsWith(line)) ?? "";
    assert.ok(complaint.startsWith(`${line}${misfit.indexOf("^") + 1})`), `${misfit}\n${complaint}`);
    assert.ok(complaint.includes(IN_WORDS), `${misfit}\n${complaint}`);
  }
});
