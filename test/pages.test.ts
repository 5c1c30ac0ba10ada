import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Metrics } from "../src/http/metrics.ts";
import { OPTIONS, type Option } from "../src/options.ts";
import * as sinks from "../src/sinks/index.ts";
import * as stages from "../src/stages/index.ts";
import { exposed } from "./http/exposition.ts";
import { aView } from "./http/view.ts";
import { PAGES, page } from "./pages.ts";
import { ROOT } from "./sources.ts";

test("docs/options.md has the table of src/options.ts", () => {
  const rows = Object.entries<Option<unknown>>(OPTIONS).map(([key, { name, env, fallback, shown, description }]) => {
    const variables = env.map((variable) => `\`${variable}\``).join(", ");
    return `| \`--${name}\` | \`${key}\` | ${variables} | ${shown ?? String(fallback)} | ${description} |`;
  });
  assert.deepEqual(tableRows("docs/options.md", "| flag |"), rows);
});

test("the table of stages in docs/routes.md names every stage and sink, in order", () => {
  const names = tableRows("docs/routes.md", "| stage | what").map((row) => /^\| `(\w+)\(/.exec(row)?.[1] ?? row);
  assert.deepEqual(names, Object.keys({ ...stages, ...sinks }).sort());
});

test("docs/operations.md says of each alert rule what to do, and the rules ask for metrics that there are", () => {
  const rules = readFileSync(join(ROOT, "examples/alert-rules.yml"), "utf8");
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  assert.deepEqual(
    tableRows("docs/operations.md", "| alert | where").map((row) => /^\| `(\w+)`/.exec(row)?.[1] ?? row),
    alerts,
  );
  const asked = [...rules.matchAll(/\bfast_ts_\w+/g)].map(([name]) => name);
  const unknown = asked.filter((name) => !page("docs/metrics.md").includes(`\`${name}\``));
  assert.ok(asked.length > 0);
  assert.deepEqual(unknown, []);
});

test("docs/metrics.md names every metric there is, and no page any other", async () => {
  const metrics = new Metrics(aView());
  const exposition = await exposed(metrics);
  metrics.stop();
  const names = new Set([...exposition.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const namedIn = (text: string) => [...text.matchAll(/`((?:fast_ts|process|nodejs)_\w+)/g)].map(([, name]) => name);
  assert.deepEqual(new Set(namedIn(page("docs/metrics.md"))), names);
  const unknown = [...PAGES].flatMap(([path, text]) =>
    namedIn(text)
      .filter((name) => !names.has(name))
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(unknown, []);
});

test("every flag that a page names is one of start, of another command, or of Docker or Node", () => {
  const help = ["main.ts", "flags.ts"].map((file) => readFileSync(join(ROOT, "src/cli", file), "utf8")).join();
  const ofOthers = ["read-only", "test-name-pattern", "disallow-code-generation-from-strings"];
  const known = new Set([...Object.values(OPTIONS).flatMap(({ name }) => [name, `no-${name}`]), ...ofOthers]);
  const unknown = [...PAGES].flatMap(([path, text]) =>
    [...text.matchAll(/`(?:fast-ts \w+ )?--([\w-]+)/g)]
      .map(([, name = ""]) => name)
      .filter((name) => !known.has(name) && !help.includes(name))
      .map((name) => `${path}: --${name}`),
  );
  assert.deepEqual(unknown, []);
});

test("the unit for systemd waits for a stop, and has the open files for all clients", () => {
  const unit = /```ini\n(.*?)```/s.exec(page("docs/operations.md"))?.[1] ?? "";
  const number = (key: string): number => Number(new RegExp(`^${key}=(\\d+)$`, "m").exec(unit)?.[1]);
  assert.ok(number("TimeoutStopSec") > OPTIONS.stopDeadline.fallback);
  assert.ok(number("LimitNOFILE") * 0.75 > OPTIONS.maxConnections.fallback);
  const flags = [...(/ start (.*)/.exec(unit)?.[1]?.matchAll(/--([\w-]+)/g) ?? [])].map(([, name]) => name);
  const known = Object.values(OPTIONS).map(({ name }) => name as string);
  assert.deepEqual([flags.length, flags.filter((name) => !known.includes(name ?? ""))], [2, []]);
});

test("every path of the source that a page names is there", () => {
  const missing = [...PAGES].flatMap(([path, text]) =>
    [...text.matchAll(/`((?:src|test|bench|examples|routes|proto)\/[\w./-]*)`/g)]
      .map(([, named = ""]) => named)
      .filter((named) => !named.includes("NAME") && !existsSync(join(ROOT, named)))
      .map((named) => `${path}: ${named}`),
  );
  assert.deepEqual(missing, []);
});

test("docs/architecture.md has each folder of the source in its table of rooms", () => {
  const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const rows = tableRows("docs/architecture.md", "| folder |").flatMap(
    (row) => row.match(/(?<=`src\/)\w+(?=\/`)/g) ?? [],
  );
  assert.deepEqual(rows.toSorted(), folders.map(({ name }) => name).sort());
});

test("the source, the tests and the benches refer to no document that is not here", () => {
  const files = ["src", "test", "bench", "examples", "routes"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
  );
  const missing = files
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(/(?:[\w-]+\/)*[\w-]+\.md\b/g)]
        .filter(([named]) => !PAGES.has(named))
        .map(([named]) => `${file}: ${named}`),
    );
  assert.deepEqual(missing, []);
});

test("the README is read in a sitting", () => {
  const lines = page("README.md").split("\n").length - 1;
  assert.ok(lines <= 250, `${lines} lines: at most 250, what is more goes to docs/`);
});

test("the README leads to every page", () => {
  const linked = new Set([...page("README.md").matchAll(/\]\(([^)#]+)/g)].map(([, path]) => path));
  assert.deepEqual(
    [...PAGES.keys()].filter((path) => path !== "README.md" && !linked.has(path)),
    [],
  );
});

for (const path of ["routes/basic.ts", "examples/disks.ts", "examples/disks.test.ts"])
  test(`the README shows ${path} as it is, but for its comments`, () => {
    const code = readFileSync(join(ROOT, path), "utf8")
      .replace(/^\/\/.*\n/gm, "")
      .replace(/\n{3,}/g, "\n\n");
    assert.ok(page("README.md").includes(`\`\`\`ts\n${code}\`\`\``));
  });

test("the changelog has a section for this version, and one for what is to come", () => {
  const { version }: { readonly version: string } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const sections = [...page("CHANGELOG.md").matchAll(/^## \[(.*?)\]/gm)].map(([, name]) => name);
  assert.equal(sections[0], "Unreleased");
  assert.ok(sections.includes(version), `CHANGELOG.md has no section for ${version}`);
});

/** The body of a page's table whose heading begins so. */
function tableRows(path: string, heading: string): string[] {
  const lines = page(path).split("\n");
  const from = lines.findIndex((line) => line.startsWith(heading)) + 2;
  const length = lines.slice(from).findIndex((line) => !line.startsWith("|"));
  return lines.slice(from, from + length);
}
