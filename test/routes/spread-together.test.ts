import assert from "node:assert/strict";
import { test } from "node:test";
import type { Spread } from "../../src/routes/spread-of.ts";
import { spreadTogether } from "../../src/routes/spread-together.ts";

const INDEX = { kind: "index", name: "index" } as const;
const pipeline = (name: string, by: Spread["by"], isUser: boolean) => ({
  name,
  edges: isUser ? [INDEX] : [],
  spread: { by, why: `${name} says why` },
});
const byOf = (...all: readonly ReturnType<typeof pipeline>[]) =>
  Object.fromEntries([...spreadTogether(all, 2)].map(([name, { by, why }]) => [name, `${by}: ${why}`]));

test("the index is in all workers when all that use it are spread by host", () => {
  assert.deepEqual(byOf(pipeline("a", "host", true), pipeline("b", "service", false), pipeline("c", "host", true)), {
    a: "host: a says why",
    b: "service: b says why",
    c: "host: c says why",
  });
});

for (const by of ["all", "service"] as const)
  test(`the index is in one worker when one that uses it is spread by ${by}, and so are the others`, () => {
    const why = 'the index is in one worker, as "c" is not by host';
    assert.deepEqual(byOf(pipeline("a", "host", true), pipeline("b", "host", false), pipeline("c", by, true)), {
      a: `all: ${why}`,
      b: "host: b says why",
      c: by === "all" ? "all: c says why" : `all: ${why}`,
    });
  });
