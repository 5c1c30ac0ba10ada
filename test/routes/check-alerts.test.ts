import assert from "node:assert/strict";
import { test } from "node:test";
import { edgesOf } from "../../src/core/pipeline-edges.ts";
import { checkAlerts } from "../../src/routes/check-alerts.ts";
import type { DryRunPipeline } from "../../src/routes/dry-run.ts";
import { alert, by } from "../../src/stages/index.ts";
import { declared } from "./declared.ts";

const byService = (event: { readonly service: string | null }) => `${event.service}`;

function alerting(name: string, ...stages: Parameters<typeof edgesOf>[0]): DryRunPipeline {
  return declared(name, { edges: edgesOf(stages) });
}

const told = (...pipelines: readonly DryRunPipeline[]) => checkAlerts(pipelines).map(({ message }) => message);

test("keys that begin with the name of the pipeline, or are made differently, are fine", () => {
  const other = alert([], { dedup: (event) => `b ${event.service}` });
  assert.deepEqual(told(alerting("a", alert([])), alerting("b", alert([])), alerting("c", other)), []);
});

test("keys that two pipelines make alike are doubtful, wherever the alerts stand", () => {
  const alike = () => alert([], { dedup: byService });
  const pipelines = [alerting("a", alike(), alike()), alerting("b", alert([])), alerting("c", by("host", [alike()]))];
  assert.deepEqual(told(...pipelines), [
    `pipeline "c": alert(dedup) makes the same keys as that of pipeline "a", (event) => \`\${event.service}\`: ` +
      "they resolve one another's incidents; put a name into one of them",
  ]);
});
