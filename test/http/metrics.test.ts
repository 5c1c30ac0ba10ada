import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Metrics } from "../../src/http/metrics.ts";
import { until } from "../until.ts";
import { exposed, parseExposition } from "./exposition.ts";
import { aView } from "./view.ts";

const metrics = new Metrics(aView());
after(() => metrics.stop());

async function sample(series: string): Promise<number | undefined> {
  const families = parseExposition(await exposed(metrics));
  const name = series.split("{", 1)[0] ?? "";
  return (families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, "")))?.samples.get(series);
}

test("the exposition keeps format and naming rules, and every family has help and a sample", async () => {
  const families = parseExposition(await exposed(metrics));
  for (const [name, { help, samples }] of families) {
    assert.match(name, /^(fast_ts|process|nodejs)_/);
    assert.ok(help.endsWith("."), name);
    assert.ok(samples.size > 0, name);
  }
});

for (const [series, value] of [
  ['fast_ts_pipeline_offered_events_total{pipeline="a"}', 120],
  ['fast_ts_pipeline_accepted_events_total{pipeline="a"}', 110],
  ['fast_ts_pipeline_shed_events_total{pipeline="a"}', 10],
  ['fast_ts_pipeline_lost_events_total{pipeline="a",reason="worker"}', 4],
  ['fast_ts_pipeline_inbox_events{pipeline="a"}', 3],
  ['fast_ts_pipeline_restarts_total{pipeline="a"}', 2],
  ['fast_ts_pipeline_state{pipeline="a",state="running"}', 1],
  ['fast_ts_pipeline_state{pipeline="a",state="failed"}', 0],
  ['fast_ts_stage_received_events_total{pipeline="a",stage="stdout#0"}', 100],
  ['fast_ts_stage_handled_events_total{pipeline="a",stage="stdout#0"}', 80],
  ['fast_ts_stage_waiting_events{pipeline="a",stage="stdout#0"}', 5],
  ['fast_ts_stage_lost_events_total{pipeline="a",stage="stdout#0",reason="stop"}', 5],
  ['fast_ts_stage_delivered_events_total{pipeline="a",stage="stdout#0"}', 60],
  ['fast_ts_stage_pending_events{pipeline="a",stage="stdout#0"}', 7],
  ['fast_ts_stage_dropped_events_total{pipeline="a",stage="stdout#0",reason="failed"}', 4],
  ['fast_ts_stage_evicted_keys_total{pipeline="a",stage="stdout#0",reason="full"}', 8],
  ["fast_ts_connections", 3],
  ["fast_ts_frames_total", 50],
  ["fast_ts_received_bytes_total", 5000],
  ["fast_ts_decode_errors_total", 2],
  ['fast_ts_door_messages_total{door="tcp"}', 50],
  ['fast_ts_door_refused_total{door="tcp",reason="unfinished"}', 6],
  ['fast_ts_door_refused_total{door="udp",reason="overload"}', 8],
  ['fast_ts_door_refused_total{door="udp",reason="kernel"}', 9],
  ['fast_ts_door_refused_total{door="tls",reason="handshake"}', 2],
  ["fast_ts_tls_not_after_seconds", 2_000_000_000],
  ['fast_ts_queries_total{result="answered"}', 3],
  ['fast_ts_queries_total{result="timeout"}', 2],
  ['fast_ts_reloads_total{result="failure"}', 1],
  ["fast_ts_last_reload_successful", 0],
  ["fast_ts_ready", 1],
  ['fast_ts_worker_replacements_total{worker="1"}', 2],
  ['fast_ts_target_taken_items_total{target="email ops#123456"}', 100],
  ['fast_ts_target_delivered_items_total{target="email ops#123456"}', 60],
  ['fast_ts_target_delivered_events_total{target="email ops#123456"}', 75],
  ['fast_ts_target_dropped_items_total{target="email ops#123456",reason="overflow"}', 5],
  ['fast_ts_target_waiting_items{target="email ops#123456"}', 30],
  ['fast_ts_target_spilled_items{target="email ops#123456"}', 20],
  ['fast_ts_target_recovered_items_total{target="email ops#123456"}', 20],
  ['fast_ts_target_spill_failures_total{target="email ops#123456"}', 1],
  ['fast_ts_target_retries_total{target="email ops#123456"}', 3],
  ['fast_ts_target_circuit_open{target="email ops#123456"}', 1],
  ['fast_ts_target_last_success_timestamp_seconds{target="email ops#123456"}', 1_700_000_001],
  ['fast_ts_target_batch_events_bucket{target="email ops#123456",le="10"}', 5],
  ['fast_ts_target_batch_events_bucket{target="email ops#123456",le="+Inf"}', 6],
  ['fast_ts_target_write_seconds_count{target="email ops#123456"}', 6],
  ['fast_ts_target_write_seconds_sum{target="odd \\"name\\""}', 3.5],
] as const) {
  test(`${series} is what the report says`, async () => {
    assert.equal(await sample(series), value);
  });
}

test("a pipeline's name may hold anything", async () => {
  assert.equal(await sample('fast_ts_pipeline_inbox_events{pipeline="odd \\"name\\"\\\\\\n"}'), 3);
});

test("what is no more leaves no series behind, and what is new has its own", async (t) => {
  let reports = aView().pipelines();
  const changing = new Metrics(aView({ reports: () => reports, workers: () => [] }));
  t.after(() => changing.stop());
  const series = async () => {
    const families = parseExposition(await exposed(changing));
    const named = [...families].filter(([name]) => /_(pipeline|stage|worker)_/.test(name));
    return named.flatMap(([, { samples }]) => [...samples]);
  };
  const all = await series();
  reports = reports.slice(1);
  assert.deepEqual(
    await series(),
    all.filter(([name]) => !name.includes('pipeline="a"')),
  );
  reports = [];
  assert.deepEqual(await series(), []);
  reports = aView().pipelines();
  assert.deepEqual(await series(), all);
});

test("how late timers are is a summary: each look counts, in each scrape", async (t) => {
  const name = "fast_ts_event_loop_delay_seconds";
  const count = () => sample(`${name}_count`);
  t.diagnostic("waits for a look at the event loop, 20 ms");
  await until("a look at the event loop", async () => ((await count()) ?? 0) > 0);
  const families = parseExposition(await exposed(metrics));
  assert.equal(families.get(name)?.type, "summary");
  assert.deepEqual(
    [...(families.get(name)?.samples.keys() ?? [])],
    [...["0.5", "0.99", "1"].map((quantile) => `${name}{quantile="${quantile}"}`), `${name}_sum`, `${name}_count`],
  );
});
