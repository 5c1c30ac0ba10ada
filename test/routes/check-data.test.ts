import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRoutes } from "../../src/routes/check.ts";
import { formatProblem } from "../../src/routes/problem.ts";
import { routeDir } from "./route-dir.ts";
import { silentClock } from "./silent-clock.ts";

const ROUTES = {
  "a.ts": `import { graphite, pipeline } from "fast-ts";
pipeline("to disk", [graphite("127.0.0.1:1", { spill: true })]);
pipeline("named", [graphite("127.0.0.1:2", { spill: { dir: "/var/spill" } })]);
pipeline("memory", [graphite("127.0.0.1:3")]);`,
};

test("check warns of a sink that spills into the directory of --data while there is none", async (t) => {
  const clock = silentClock();
  const of = async (hasData: boolean) => checkRoutes(await routeDir(t, ROUTES), { clock, types: false, hasData });
  const { problems } = await of(false);
  assert.deepEqual(
    problems.map(({ line, severity, message }) => ({ line, severity, message })),
    [
      {
        line: 2,
        severity: "warning",
        message:
          'pipeline "to disk": graphite has spill: true, which needs a directory: start with --data DIR (or FTS_DATA), ' +
          "or name a directory, spill: { dir: DIR }",
      },
    ],
  );
  assert.deepEqual((await of(true)).problems, []);
});

test("check warns of all sinks without a directory in one line", async (t) => {
  const sinks = Array.from(
    { length: 25 },
    (_, n) => `pipeline("p${n}", [graphite("127.0.0.1:${n + 1}", { spill: true })]);`,
  );
  const dir = await routeDir(t, { "a.ts": `import { graphite, pipeline } from "fast-ts";\n${sinks.join("\n")}` });
  const { problems } = await checkRoutes(dir, { clock: silentClock(), types: false, hasData: false });
  const [line, ...more] = problems.flatMap((problem) => formatProblem(problem, dir).split("\n"));
  assert.deepEqual(more, []);
  assert.match(line ?? "", /warning: 25 sinks have spill: true, .* --data DIR .*: graphite in "p0", .* and 5 more$/);
});
