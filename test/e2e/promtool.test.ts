import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Metrics } from "../../src/http/metrics.ts";
import { exposed } from "../http/exposition.ts";
import { aView } from "../http/view.ts";

const { error } = spawnSync("promtool", ["--version"]);
/** In CI its absence is a failure. */
const skip = error === undefined || process.env.CI ? false : "there is no promtool: apt-get install prometheus";

test("promtool check metrics has nothing to say", { skip }, async (t) => {
  for (const view of [aView(), aView({ reports: () => [], workers: () => [] })]) {
    const metrics = new Metrics(view);
    t.after(() => metrics.stop());
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
      input: await exposed(metrics),
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  }
});
