import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { routeDir } from "../routes/route-dir.ts";
import { CLI, fastTs, fastTsHere } from "./fast-ts.ts";

const ROUTE = `import { by, email, pipeline, rate, where } from "fast-ts";
pipeline("busy", [by("service", [rate(5)]), where((e) => (e.metric ?? 0) > 10, [email("ops@example.com")])]);
`;
const GOOD = `import { expectEvents, routes, test, wait } from "fast-ts/testing";
import { rate } from "fast-ts";
import { run } from "fast-ts/testing";

enum Service { Api = "api" }
const t = await Promise.resolve(routes("./busy.ts"));

test("a busy service is mailed", () => {
  t.inject([{ service: Service.Api, metric: 100, time: 1_000 }, wait(5)]);
  expectEvents(t.sinks.email, [{ service: "api", metric: 20 }]);
});
`;
const BAD = `import { expectEvents, run, test, wait } from "fast-ts/testing";
import { rate } from "fast-ts";

test("the rate of nothing", () => {
  const out = run([rate(5)], [{ service: "api", metric: 100 }, wait(5)]);
  expectEvents(out, [{ service: "api", metric: 21 }]);
});
test("time is forgotten", () => {
  const [event] = run([rate(5)], [{ metric: 1 }]);
  if (event?.metric !== 1) throw new Error("not 1");
});
`;

test("tests run on the routes beside them, TypeScript in full, from anywhere", async (t) => {
  const dir = await routeDir(t, { "busy.ts": ROUTE, "busy.test.ts": GOOD });
  const { code, out, err } = await fastTs(["test"], "", { FTS_ROUTE_DIR: dir });
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^✔ a busy service is mailed \(/m);
});

test("a failure shows expected and got side by side, at the user's line, and exits with 1", async (t) => {
  const dir = await routeDir(t, { "bad.test.ts": BAD });
  const { code, out } = await fastTs(["test", dir]);
  assert.equal(code, 1);
  const shown = `  ExpectationError: of 1 expected events 1 is different
  
      expected        │ got
      service  metric │ service  metric
    ≠ api      21     │ api      20
               ^^     │          ^^
  
      at TestContext.<anonymous> (${dir}/bad.test.ts:6:3)
`;
  assert.ok(out.includes(shown), out);
  assert.match(out, /bad\.test\.ts:4:1\n✖ the rate of nothing/);
  assert.match(out, /^ℹ nothing came out, and a timer waits until second 5, .*wait\(5\) lets time pass$/m);
  assert.doesNotMatch(out, /node:internal/);
});

test("--name runs the tests whose names match, and no match is an error", async (t) => {
  const dir = await routeDir(t, { "busy.ts": ROUTE, "bad.test.ts": BAD, "busy.test.ts": GOOD });
  const some = await fastTs(["test", dir, "--name", "^a busy"]);
  assert.equal(some.code, 0, some.out);
  assert.doesNotMatch(some.out, /nothing/);
  const none = await fastTs(["test", dir, "--name", "lazy"]);
  assert.deepEqual([none.code, none.err], [1, "fast-ts: no test ran: no name matches, or the files hold none\n"]);
});

test("a file that does not compile, or throws, fails with its place; the others run, also with --name", async (t) => {
  const broken = 'import { test } from "fast-ts/testing";\nimport { rat } from "fast-ts";\ntest("x", () => rat);\n';
  const throwing = 'import { run } from "fast-ts/testing";\nimport { rate } from "fast-ts";\nrun([rate(0)], []);\n';
  const files = { "busy.ts": ROUTE, "broken.test.ts": broken, "busy.test.ts": GOOD, "throwing.test.ts": throwing };
  const dir = await routeDir(t, files);
  const all = await fastTs(["test", dir]);
  assert.equal(all.code, 1);
  assert.match(
    all.out,
    /broken\.test\.ts:2:10: "fast-ts" has no export "rat"; did you mean "rate"\?\n +2 \| import \{ rat \}/,
  );
  assert.match(
    all.out,
    /throwing\.test\.ts:1:1\n✖ throwing\.test\.ts .*\n.*rate\(interval\): must be a number >= 0.001.*\n.*throwing\.test\.ts:3:6/,
  );
  assert.match(all.out, /^✔ a busy/m);
  const some = await fastTs(["test", dir, "--name", "^a busy"]);
  assert.equal(some.code, 1);
  assert.match(some.err, /broken\.test\.ts:2:10: .*(\n.*)*rate\(interval\): must be/);
});

test("a test that ends the process fails, the others run; a signal that ends it is told", async (t) => {
  const exits = 'import { test } from "fast-ts/testing";\ntest("a", () => process.exit(0));\ntest("b", () => {});\n';
  const killed = exits.replace("process.exit(0)", 'process.kill(process.pid, "SIGKILL")');
  const dir = await routeDir(t, { "exits.test.ts": exits, "killed.test.ts": killed });
  const exited = await fastTs(["test", join(dir, "exits.test.ts")]);
  assert.equal(exited.code, 1);
  // Newer versions of Node tell why in the end, after all tests.
  assert.match(exited.out, /✖ a .*\n.*calls process\.exit\(0\): a test must not.*\n.*exits\.test\.ts:2:25\)/);
  assert.match(exited.out, /^✔ b/m);
  const { code, err } = await fastTs(["test", join(dir, "killed.test.ts")]);
  assert.deepEqual([code, err], [1, "fast-ts: the tests' process was ended by SIGKILL\n"]);
});

for (const [what, body] of [
  ["loops", "for (;;);"],
  ["waits for ever", "return new Promise(() => setInterval(() => {}, 1000));"],
] as const)
  test(`a test that ${what} ends them all after its time, by name`, async (t) => {
    const dir = await routeDir(t, {
      "a.test.ts": `import { test } from "fast-ts/testing";\ntest("first", () => {});\ntest("x ${what}", () => { ${body} });\n`,
    });
    // So long that neither the file nor its first test takes it.
    const { code, err, out } = await fastTs(["test", dir, "--timeout", "5"]);
    const told = `fast-ts: "x ${what}" has not ended after 5 s, so the tests are ended: see --timeout\n`;
    assert.deepEqual([code, err], [1, `${told}fast-ts: the tests' process was ended by SIGKILL\n`]);
    assert.match(out, /^✔ first/m);
  });

test("a file that loops outside of its tests ends them all, by name", async (t) => {
  const dir = await routeDir(t, { "loop.test.ts": "for (;;);" });
  const { code, err } = await fastTs(["test", dir, "--timeout", "0.5"]);
  assert.equal(code, 1);
  assert.match(err, /^fast-ts: "loop\.test\.ts" has not ended after 0\.5 s/);
});

test("a timeout that is none is refused", async (t) => {
  const dir = await routeDir(t, { "busy.test.ts": GOOD, "busy.ts": ROUTE });
  for (const timeout of ["0", "x", "1e9"]) {
    const { code, err } = await fastTsHere(["test", dir, "--timeout", timeout]);
    const told = `fast-ts: --timeout: must be a number of seconds > 0 and <= 86400, got "${timeout}"\n`;
    assert.deepEqual([code, err], [2, told]);
  }
});

test("junit and tap are told in their own words, into a file when one is named", async (t) => {
  const dir = await routeDir(t, { "bad.test.ts": BAD });
  const file = join(dir, "report.xml");
  const junit = await fastTs(["test", dir, "--reporter", "junit", "--reporter-destination", file]);
  assert.deepEqual([junit.code, junit.out], [1, ""]);
  assert.match(
    await readFile(file, "utf8"),
    /^<\?xml (?:.|\n)*<testcase name="the rate of nothing"(?:.|\n)*≠ api(?:.|\n)*<\/testsuites>/,
  );
  const { code, err } = await fastTsHere(["test", dir, "--reporter-destination", join(dir, "nope", "report.xml")]);
  assert.equal(code, 1);
  assert.match(err, /^fast-ts: --reporter-destination: cannot be written: ENOENT: .*nope\/report\.xml'\n$/);
  const tap = await fastTs(["test", dir, "--reporter", "tap"]);
  assert.match(tap.out, /^TAP version 13\n(?:.|\n)*^not ok 1 - the rate of nothing\n(?:.|\n)*^1\.\.2$/m);
});

for (const [what, words, message] of [
  ["without a test", [], /^fast-ts: no tests in .*: a test is a file \*\.test\.ts directly in the directory\n$/],
  ["that is not there", ["nope"], /^fast-ts: .*nope: does not exist; name test files or directories\n$/],
] as const)
  test(`a directory ${what} is one line, and exit code 1`, async (t) => {
    const dir = await routeDir(t, { "busy.ts": ROUTE });
    const { code, out, err } = await fastTsHere(["test", join(dir, ...words)]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, message);
  });

test("what a test imports is compiled with it: files, JSON, packages beside it, of either kind", async (t) => {
  const dir = await routeDir(t, {
    "_numbers.ts": "export const enum Number { Six = 6 }",
    "data.json": '{ "seven": 7 }',
    "node_modules/old/package.json": '{ "name": "old" }',
    "node_modules/old/index.js": 'const path = require("path"); module.exports = { eight: path.sep.length + 7 };',
    "node_modules/fast-ts/index.js": "throw new Error('another copy');",
    "all.test.ts": `import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Number as N } from "./_numbers.ts";
import data from "./data.json";
import old from "old";
import { Event, map } from "fast-ts";
import { run } from "fast-ts/testing";

const require = createRequire(import.meta.url);
test("all", async () => {
  const { Number: again } = await import("./_numbers.ts");
  assert.deepEqual([N.Six, data.seven, old.eight, require("old").eight, typeof again], [6, 7, 8, 8, "object"]);
  assert.ok(run([map((e) => e)], [{}])[0] instanceof Event);
  assert.equal(import.meta.filename, ${JSON.stringify("FILE")});
});
`,
  });
  const file = join(dir, "all.test.ts");
  await writeFile(file, (await readFile(file, "utf8")).replace('"FILE"', JSON.stringify(file)));
  const { code, out } = await fastTs(["test", file]);
  assert.equal(code, 0, out);
});

test("--watch runs them again when a route changes, and a signal ends it", async (t) => {
  const dir = await routeDir(t, { "busy.ts": ROUTE, "busy.test.ts": GOOD });
  const { child, said } = watching(t, dir);
  await said(/^✔ a busy(?:.|\n)*watching for changes/m);
  await writeFile(join(dir, "busy.ts"), ROUTE.replace("rate(5)", "rate(50)"));
  await said(/^✖ a busy(?:.|\n)*watching for changes/m);
  child.kill("SIGINT");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

function watching(t: TestContext, dir: string) {
  const child = spawn(process.execPath, [CLI, "test", dir, "--watch"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (more) => {
    out += more;
  });
  /** Waits until it has printed this, and forgets what that was. */
  const said = async (pattern: RegExp): Promise<void> => {
    const isOver = once(child, "exit").then(() => assert.fail(`ended with ${out}`));
    while (!pattern.test(out)) await Promise.race([once(child.stdout, "data"), isOver]);
    isOver.catch(() => {});
    out = "";
  };
  return { child, said };
}
