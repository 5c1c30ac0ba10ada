import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseDiagnostics } from "../../src/routes/diagnostic.ts";
import { routeDir } from "./route-dir.ts";

test("diagnostics become problems with their continuation lines and their line of source", async (t) => {
  const dir = await routeDir(t, { "a (1).ts": "one\r\ntwo\r\n" });
  const output = [
    "a (1).ts(2,3): error TS2322: Type 'A' is not assignable to type 'B'.",
    "  Property 'x' is missing.",
    "gone.ts(1,1): error TS1005: ';' expected.",
    "error TS5023: Unknown compiler option 'nope'.",
    "",
  ].join("\n");
  assert.deepEqual(await parseDiagnostics(output, dir), [
    {
      file: join(dir, "a (1).ts"),
      line: 2,
      column: 3,
      message: "TS2322: Type 'A' is not assignable to type 'B'.\n  Property 'x' is missing.",
      source: "two",
      severity: "error",
    },
    {
      file: join(dir, "gone.ts"),
      line: 1,
      column: 1,
      message: "TS1005: ';' expected.",
      source: null,
      severity: "error",
    },
    {
      file: dir,
      line: null,
      column: null,
      message: "TS5023: Unknown compiler option 'nope'.",
      source: null,
      severity: "error",
    },
  ]);
});

test("no output is no problem", async () => {
  assert.deepEqual(await parseDiagnostics("", "/"), []);
});

test("stages of which the compiler has lost the order come with a hint", async (t) => {
  const dir = await routeDir(t, { "a.ts": "" });
  const text = "Type 'Stage<Event, Event> | Stage<Event, readonly Event[]>' is not assignable to type 'X'.";
  const [problem] = await parseDiagnostics(`a.ts(1,1): error TS2322: ${text}`, dir);
  assert.equal(
    problem?.message,
    `TS2322: ${text}\n  a list of stages in a variable keeps its order by "as const": const mine = [ … ] as const`,
  );
});
