import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Metrics } from "../src/http/metrics.ts";
import { OPTIONS, type Option } from "../src/options.ts";
import * as sinks from "../src/sinks/index.ts";
import * as stages from "../src/stages/index.ts";
import { aView } from "./http/view.ts";
import { ROOT } from "./sources.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");

test("the README's table of options is that of src/options.ts", () => {
  const rows = Object.entries<Option<unknown>>(OPTIONS).map(([key, { name, env, fallback, shown, description }]) => {
    const variables = env.map((variable) => `\`${variable}\``).join(", ");
    return `| \`--${name}\` | \`${key}\` | ${variables} | ${shown ?? String(fallback)} | ${description} |`;
  });
  assert.deepEqual(tableRows("| flag |"), rows);
});

test("the README's table of stages names every stage and sink, in order", () => {
  const names = tableRows("| stage | what").map((row) => /^\| `(\w+)\(/.exec(row)?.[1] ?? row);
  assert.deepEqual(names, Object.keys({ ...stages, ...sinks }).sort());
});

test("the README names every metric there is, and no other", async () => {
  const metrics = new Metrics(aView());
  const exposition = await metrics.exposition();
  metrics.stop();
  const exposed = [...exposition.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
  const named = [...README.matchAll(/`((?:fast_ts|process|nodejs)_\w+)/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(named)].sort(), exposed.sort());
});

/** The body of the table whose heading begins so. */
function tableRows(heading: string): string[] {
  const lines = README.split("\n");
  const from = lines.findIndex((line) => line.startsWith(heading)) + 2;
  const length = lines.slice(from).findIndex((line) => !line.startsWith("|"));
  return lines.slice(from, from + length);
}
