import assert from "node:assert/strict";
import { test } from "node:test";
import { SystemClock } from "../../src/core/clock.ts";
import { checkRoutes } from "../../src/routes/check.ts";
import { routeDir } from "./route-dir.ts";

const ROUTES = {
  "a.ts": `import { graphite, pipeline } from "fast-ts";
pipeline("to disk", [graphite("127.0.0.1:1", { spill: true })]);
pipeline("named", [graphite("127.0.0.1:2", { spill: { dir: "/var/spill" } })]);
pipeline("memory", [graphite("127.0.0.1:3")]);`,
};

test("check warns of a sink that spills into the directory of --data while there is none", async (t) => {
  const clock = new SystemClock();
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
