import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnyStages, type PipelineOptions, pipeline } from "../../src/core/pipeline.ts";
import { checkSpread } from "../../src/routes/check-spread.ts";
import { type DryRunPipeline, toDryRun } from "../../src/routes/dry-run-report.ts";
import { stdout } from "../../src/sinks/index.ts";
import * as s from "../../src/stages/index.ts";

const place = { file: "/r/a.ts", line: 3, column: 1, source: "pipeline(…)" };

function declared(name: string, stages: AnyStages, options: PipelineOptions = {}): DryRunPipeline {
  return toDryRun({ pipeline: pipeline(name, stages as [], options), place }, place.file);
}

const messages = (...pipelines: readonly DryRunPipeline[]): readonly string[] =>
  checkSpread(pipelines).map(({ message }) => message);

const rewrite = s.map((e) => e.with({ metric: 1 }));
const perHost = s.by("host", [s.counter()]);

test("a key that makes a pipeline run in all workers is fine, in the pipeline itself or in one that subscribes", () => {
  assert.deepEqual(messages(declared("a", [rewrite, perHost], { key: "host" })), []);
  assert.deepEqual(
    messages(declared("from", [rewrite, s.publish("c")], { key: "host" }), declared("to", [s.subscribe("c"), perHost])),
    [],
  );
});

test("a key that changes nothing is warned of, with where the pipeline runs and why", () => {
  assert.deepEqual(
    messages(
      declared("not needed", [perHost], { key: "host" }),
      declared("no help", [rewrite, s.rate(5)], { key: ["host", "service"] }),
      declared("without", [rewrite, perHost]),
    ),
    [
      'pipeline "not needed": its option key changes nothing: all workers, by host: by#0 keeps state for each host',
      'pipeline "no help": its option key changes nothing: one worker: rate#1 keeps state for all events',
    ],
  );
});

test("to ask for all workers is fine where the pipeline is in all, and warned of where it is not", () => {
  assert.deepEqual(
    messages(
      declared("in all", [perHost], { spread: true }),
      declared("in one", [s.rate(5), stdout()], { spread: true }),
      declared("kept in one", [perHost], { spread: false }),
      declared("from", [perHost, s.publish("c")], { spread: true }),
      declared("to", [s.subscribe("c"), s.rate(5)]),
    ),
    [
      'pipeline "in one": its option spread: true changes nothing: one worker: rate#0 keeps state for all events',
      'pipeline "from": its option spread: true changes nothing: one worker: channels or the index join it with "to", which is in one worker',
    ],
  );
});
