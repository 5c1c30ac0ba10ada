import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import fc from "./fast-check.ts";
import { ROOT, readSources, type Source } from "./sources.ts";

/**
 * Who may import whom (docs/architecture.md), types included. A name is a file, or with a slash a folder. What stands in one
 * folder may import each other, and everyone `errors.ts`. Nobody but `cli` is given the daemon, nobody at all `cli`.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  // What the operating system tells: processors, memory, files, the times of threads.
  "system/": [],
  // Logs and locks on disk, and the format of saved state: what survives the process.
  "state/": ["core/", "system/make-directory.ts"],
  // How a port is opened, and what is said when it cannot be.
  "listening.ts": [],
  // The contract of a stage.
  "core/": [],
  // What stages, folds, queries and the index are made of; the engine knows none of it.
  "kit/": ["core/"],
  "text/": ["core/"],
  "delivery/": ["core/", "state/", "wire/"],
  "engine/": ["core/"],
  "folds/": ["core/", "kit/"],
  "stages/": ["core/", "kit/", "folds/"],
  "sinks/": ["core/", "delivery/", "text/", "wire/", "system/make-directory.ts"],
  "wire/": ["core/"],
  "query/": ["core/", "kit/", "text/"],
  "silences/": ["core/", "query/", "state/"],
  // What any listener feeds; the listeners themselves never see the engine.
  "ingest/": ["core/", "wire/"],
  "doors/": ["core/", "ingest/", "wire/", "listening.ts", "settings.ts"],
  "capture/": ["core/", "state/", "wire/", "ingest/intake.ts"],
  "routes/": ["core/", "kit/", "system/", "text/shell-word.ts"],
  // Route files are given the package itself: it is below them as `fast-ts` is below a user's code.
  "routes/package-modules.ts": ["index.ts"],
  // Secrets that route files name are looked up when they are tried out.
  "routes/dry-run-worker.ts": ["delivery/secret-checks.ts"],
  // Tests of routes load them as the daemon does, and replay what it recorded.
  "testing/": ["core/", "kit/", "delivery/", "engine/", "routes/", "capture/", "silences/"],
  "testing/sink-trial.ts": ["sinks/writers.ts"],
  // The package's main entry.
  "not-run.ts": ["core/"],
  "index.ts": ["not-run.ts", "core/", "kit/", "delivery/", "folds/index.ts", "stages/index.ts", "sinks/index.ts"],
  // What runs in any thread that hosts pipelines.
  "runtime/": [
    ...[
      "core/",
      "kit/",
      "text/",
      "delivery/",
      "engine/",
      "query/",
      "routes/",
      "silences/",
      "state/",
      "wire/",
      "ingest/intake.ts",
    ],
  ],
  "host/": [
    ...["core/", "text/", "system/", "state/", "delivery/", "runtime/", "engine/", "silences/", "wire/", "routes/"],
    ...["ingest/intake.ts", "sinks/writers.ts"],
  ],
  // Of what it shows it knows the reports alone.
  "http/": [
    ...["core/", "listening.ts", "ingest/reader-budget.ts"],
    ...["delivery/report.ts", "engine/report.ts", "ingest/report.ts", "runtime/report.ts", "capture/report.ts"],
    "state/journal-report.ts",
  ],
  "option-kinds.ts": ["core/spread.ts"],
  "settings.ts": ["core/log.ts", "core/spread.ts"],
  "door-options.ts": ["option-kinds.ts"],
  "options.ts": ["core/", "system/", "option-kinds.ts", "door-options.ts", "settings.ts"],
  "resolve-options.ts": ["core/", "options.ts", "settings.ts"],
  "log.ts": ["core/", "text/", "settings.ts"],
  "data-directory.ts": [
    ...["core/", "delivery/unclaimed-spill.ts", "state/file-lock.ts", "state/unusable-directory.ts"],
    ...["system/make-directory.ts", "log.ts"],
  ],
  "disk.ts": [
    "core/",
    "data-directory.ts",
    "host/state-store.ts",
    "host/given-up-events.ts",
    "host/output-marks.ts",
    "state/journal.ts",
    "state/unusable-directory.ts",
    "runtime/shutdown.ts",
    "log.ts",
    "settings.ts",
  ],
  "readiness.ts": ["disk.ts", "delivery/target-totals.ts", "host/", "http/view.ts"],
  "running-daemon.ts": [
    ...[
      "core/",
      "sinks/scraped-series.ts",
      "engine/",
      "wire/",
      "routes/",
      "ingest/",
      "doors/",
      "capture/",
      "runtime/",
      "silences/",
      "host/",
      "http/",
    ],
    ...["data-directory.ts", "disk.ts", "readiness.ts", "settings.ts", "log.ts", "listening.ts"],
  ],
  "daemon.ts": [
    "core/",
    "disk.ts",
    "host/spread-record.ts",
    "log.ts",
    "resolve-options.ts",
    "running-daemon.ts",
    "runtime/process-warnings.ts",
    "settings.ts",
  ],
  // Tests of routes are given the package's entries. A replay is one, and shows events as `stdout()` does.
  "cli/": [
    ...[
      "core/",
      "kit/",
      "text/",
      "system/",
      "engine/report.ts",
      "wire/",
      "routes/",
      "capture/",
      "silences/",
      "query/bare-names.ts",
      "state/",
      "delivery/",
      "index.ts",
      "testing/",
    ],
    ...["options.ts", "resolve-options.ts", "settings.ts", "option-kinds.ts", "listening.ts", "daemon.ts", "log.ts"],
  ],
  "cli.ts": ["cli/main.ts", "system/open-files.ts"],
};

/** The packages that run with the daemon, each behind one file of ours. `check` and editors are given Node's types. */
const PACKAGES: Readonly<Record<string, string>> = {
  chokidar: "routes/watch.ts",
  esbuild: "routes/bundle.ts",
  nodemailer: "sinks/smtp.ts",
  pino: "log.ts",
  "prom-client": "http/metrics.ts",
  protobufjs: "wire/protobuf.ts",
  yargs: "cli/main.ts",
};

const SOURCES = readSources();
const isOurs = (name: string): boolean => name.endsWith(".ts");

test("imports point down, those of types too", () => {
  const wrong = SOURCES.flatMap(({ path, imports }) =>
    imports.filter((to) => isOurs(to) && !mayImport(path, to)).map((to) => `${path} → ${to}`),
  );
  assert.deepEqual(wrong, []);
});

test("every import leads to a file that is there, so none goes unseen by the other rules", () => {
  const paths = new Set(SOURCES.map(({ path }) => path));
  const astray = SOURCES.flatMap(({ path, imports }) =>
    imports.filter((to) => isOurs(to) && !paths.has(to)).map((to) => `${path} → ${to}`),
  );
  assert.deepEqual(astray, []);
  const alone = [...paths].filter((path) => SOURCES.every(({ imports }) => !imports.includes(path)));
  const begin = [
    ...["cli.ts", "cli/test-process.ts", "cli/test-reporter.ts", "cli/test-watchdog.ts", "host/worker.ts"],
    // for the index
    "routes/dry-run-worker.ts",
  ];
  assert.deepEqual(alone, begin, "where a thread or process begins");
});

test("no file imports itself through others", () => {
  assert.deepEqual(cycles(SOURCES), []);
});

test("each package is imported by one file, and there are no others", () => {
  const found: Record<string, string> = {};
  for (const { path, imports } of SOURCES)
    for (const name of imports.filter((to) => !isOurs(to) && !to.startsWith("node:")))
      found[name] = name in found ? `${found[name]} and ${path}` : path;
  assert.deepEqual(found, PACKAGES);
  const manifest: { readonly dependencies: object } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  assert.deepEqual(Object.keys(manifest.dependencies).sort(), [...Object.keys(PACKAGES), "@types/node"].sort());
});

test("what every route file is given loads no protobufjs: a thread that tries routes begins a third sooner", () => {
  assert.ok(!reached("routes/dry-run-worker.ts").has("wire/protobuf.ts"));
  assert.ok(reached("daemon.ts").has("wire/protobuf.ts"));
});

test("time comes from core/clock.ts alone; route files are given timers of their own", () => {
  const TIME = /\bDate\.now\b|\bnew Date\(\)|\bset(Timeout|Interval)\b|\bperformance\b|\bhrtime\b/;
  assert.deepEqual(Object.keys(places(TIME)), ["core/clock.ts", "routes/route-timers.ts"]);
});

test("what runs pipelines measures time by the clock it is given, so that tests can do without the machine's", () => {
  const ROOMS = /^(engine|runtime|host|delivery|stages|sinks)\//;
  const own = Object.keys(places(/\bmonotonic\b/)).filter((path) => ROOMS.test(path));
  assert.deepEqual(own, []);
});

test("tests draw what they try from fast-check.ts alone, whose seed is fixed: no run differs from the one before", () => {
  assert.deepEqual(testsWith(/\bfrom "fast-check"|\bMath\.random\b/), ["fast-check.ts"]);
  assert.deepEqual(fc.sample(fc.nat(), 5), fc.sample(fc.nat(), 5));
});

test("unit tests change the environment by environment.ts alone, which puts it back: they share a process", () => {
  const CHANGES = /^ *process\.env\S+ = |\bdelete process\.env\b|\(process\.env,/m;
  assert.deepEqual(
    testsWith(CHANGES).filter((name) => !/^(e2e|drills)\//.test(name)),
    ["environment.ts"],
  );
});

test("nothing is of type any", () => {
  assert.deepEqual(places(/(?<!\.)\bany\b/), {});
});

test("nothing is said not to be null with !", () => {
  assert.deepEqual(places(/[\w)\]]!(?![=\w])/), {});
});

test("no file is longer than 300 lines", () => {
  const long = SOURCES.filter(({ text }) => text.split("\n").length > 301);
  assert.deepEqual(
    long.map(({ path }) => path),
    [],
  );
});

test("no file is a drawer", () => {
  const DRAWER = /^(utils?|helpers?|lib|common|types|misc|shared)\.ts$/;
  assert.deepEqual(
    SOURCES.filter(({ path }) => DRAWER.test(basename(path))).map(({ path }) => path),
    [],
  );
  assert.deepEqual(
    SOURCES.filter(({ path }) => basename(path) === "index.ts").map(({ path }) => path),
    ["folds/index.ts", "index.ts", "sinks/index.ts", "stages/index.ts", "testing/index.ts"],
  );
});

function mayImport(from: string, to: string): boolean {
  if (to === "errors.ts" || (dirname(from) === dirname(to) && from.includes("/"))) return true;
  const rules = Object.entries(MAY_IMPORT).filter(([name]) => covers(name, from));
  return rules.some(([, allowed]) => allowed.some((name) => covers(name, to)));
}

function covers(name: string, path: string): boolean {
  return name.endsWith("/") ? path.startsWith(name) : path === name;
}

/** The files of `test`, this one left out, that have such text. */
function testsWith(pattern: RegExp): readonly string[] {
  const names = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" }).filter(isOurs);
  return names.filter(
    (name) => name !== "architecture.test.ts" && pattern.test(readFileSync(join(ROOT, "test", name), "utf8")),
  );
}

/** What is loaded with a file, itself included. */
function reached(path: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const to of SOURCES.find((one) => one.path === path)?.imports ?? []) reached(to, found);
  return found;
}

/** How often each file's code matches; files without a match are left out. */
function places(pattern: RegExp): Record<string, number> {
  const all = new RegExp(pattern.source, "g");
  const counts = SOURCES.map(({ path, code }) => [path, [...code.matchAll(all)].length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** Every import that closes a circle, with the way round. */
function cycles(sources: readonly Source[]): string[] {
  const importsOf = new Map(sources.map(({ path, imports }) => [path, imports.filter(isOurs)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (way.includes(path) || done.has(path)) return;
    for (const next of importsOf.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}
