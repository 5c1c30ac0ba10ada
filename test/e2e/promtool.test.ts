import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Metrics } from "../../src/http/metrics.ts";
import { exposed } from "../http/exposition.ts";
import { aView } from "../http/view.ts";
import { ROOT } from "../sources.ts";

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

test("the rules alert on a target that takes nothing, whatever its circuit, and on no slow or idle one", {
  skip,
}, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "fast-ts-rules-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const series = (target: string, waiting: string, delivered: string) => [
    { series: `fast_ts_target_waiting_items{target="${target}"}`, values: waiting },
    { series: `fast_ts_target_spilled_items{target="${target}"}`, values: "0x20" },
    { series: `fast_ts_target_delivered_items_total{target="${target}"}`, values: delivered },
    { series: `fast_ts_target_circuit_open{target="${target}"}`, values: "0x20" },
  ];
  const away = { severity: "critical", target: "away" };
  const spec = {
    rule_files: [join(ROOT, "examples/alert-rules.yml")],
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        input_series: [
          ...series("away", "7x20", "40x20"),
          ...series("slow", "7x20", "0+1x20"),
          ...series("idle", "0x20", "40x20"),
        ],
        alert_rule_test: [
          {
            eval_time: "15m",
            alertname: "FastTsTargetTakesNothing",
            exp_alerts: [{ exp_labels: away, exp_annotations: { summary: "away takes nothing, 7 wait for it" } }],
          },
        ],
      },
    ],
  };
  const file = join(folder, "rules.json"); // JSON is YAML
  writeFileSync(file, JSON.stringify(spec));
  const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", file], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});
