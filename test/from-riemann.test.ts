import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as door from "../src/index.ts";
import * as testing from "../src/testing/index.ts";
import { ROOT } from "./sources.ts";

/** Everything that Riemann 0.3.12 sends to, dead or not. */
const INTEGRATIONS = `riemann.email riemann.slack riemann.pagerduty riemann.opsgenie riemann.victorops riemann.telegram
  riemann.msteams riemann.twilio riemann.mailgun riemann.pushover riemann.sns riemann.nagios riemann.shinken riemann.xymon
  riemann.zabbix riemann.hipchat riemann.graphite riemann.influxdb riemann.influxdb2 riemann.prometheus riemann.elasticsearch
  riemann.kafka riemann.rabbitmq riemann.logstash riemann.datadog riemann.cloudwatch riemann.clickhouse riemann.opentsdb
  riemann.kairosdb riemann.druid riemann.librato riemann.stackdriver riemann.keenio riemann.boundary riemann.netuitive
  riemann.blueflood riemann.logentries`;

/** What is public in Riemann 0.3.12, deprecated names and building blocks included, by section of the page. */
const RIEMANN = {
  Streams: `infinity -infinity expired? *exception-stream* call-rescue exception-stream bit-bucket dual where where*
    where-rewrite where-partition-clauses pipe execute-on match tagged-all? tagged-any? tagged-all tagged-any tagged
    expired not-expired smap smap* smapcat sdo stream combine sflatten sreduce append register forward
    moving-event-window window fixed-event-window moving-time-window fixed-time-window fixed-offset-time-window
    fixed-time-window-fn periodically-until-expired part-time-fast part-time-simple fold-interval fold-interval-metric
    fill-in fill-in-last fill-in-last* interpolate-constant predict-linear ddt ddt-events ddt-real rate percentiles
    counter sum-over-time mean-over-time ewma ewma-timeless throttle rollup batch coalesce coalesce-with-event project
    project* by by-fn by-builder changed changed-state runs stable over under scale with default adjust
    tag untag top apdex apdex* clock-skew split split* split*-match splitp else`,
  Folds: `sorted-sample-extract sorted-sample non-nil-metrics fold fold* fold-all sum sum* product product* difference
    difference* quotient quotient* quotient-sloppy mean median mode modes minimum maximum extremum std-dev count
    adjust-occurence`,
  "riemann.common": `event expire pkey exception->event match subject body human-uniq custom-attributes event-to-json
    unix-to-iso8601 iso8601->unix ensure-event-time time-at truncate truncate-bytes count-string-bytes approx-equal
    member? subset? overlap? disjoint? middle localhost decode-msg encode decode-inputstream deprecated`,
  "riemann.time": `unix-time linear-time once! after! every! cancel defer start! stop! reset-tasks! next-tick advance!
    set-time! reset-time! control-time! with-controlled-time!`,
  Config: `streams let def defn fn prn println info index update-index delete-from-index tcp-server udp-server ws-server
    sse-server graphite-server opentsdb-server rabbitmq-transport kafka-consumer repl-server periodically-expire
    instrumentation service! async-queue! publish subscribe reinject include load-plugins load-plugin depend local-repo
    logging/init mailer reload! clear! apply! start! stop! validate-config tap io tests`,
  Predicates: `host service state description time ttl tags metric metric_f event tagged tagged-all tagged-any and or
    not expired? else`,
  Tests: `tests deftest inject! tap io lookup run-stream run-stream-intervals test-stream test-stream-intervals
    with-test-stream with-test-env riemann.time.controlled`,
  "The rest":
    `riemann.pubsub publish! subscribe! unsubscribe! sweep! riemann.index insert lookup search delete
    delete-exactly clear expire riemann.query riemann.deps deps-tag all any localhost depends riemann.core stream!
    transition! merge-cores conj-service wrap-index reaper instrumentation-service riemann.logging init set-level
    suppress riemann.plugin riemann.pool riemann.expiration riemann.streams.pure riemann.transport.debug mailer` +
    ` ${INTEGRATIONS}`,
  "From Mirabelle": `where coll-where split over under tagged-all expired not-expired by cond-dt above-dt below-dt
    between-dt outside-dt with default increment decrement scale tag untag sdissoc keep-keys rename-keys sformat
    to-string from-json to-base64 from-base64 extract iterate-on ewma-timeless ddt ddt-pos fixed-event-window
    moving-event-window moving-time-window fixed-time-window ssort sum mean top bottom rate ratio percentiles coll-max
    coll-min coll-sum coll-mean coll-count coll-quotient coll-rate coll-increase coll-top coll-bottom coll-percentiles
    coll-sort sflatten changed stable smax smin throttle coalesce project debug info error output! publish!
    async-queue! io tap reinject! exception-stream sdo custom include test-action`,
  "From fast_ts in Elixir": `stdout email under over scale filter map tag tagged_all tagged_any sreduce throttle stable
    changed changed_state runs rate`,
} as const;

const PAGE = readFileSync(join(ROOT, "docs/from-riemann.md"), "utf8");
const SECTIONS = new Map(PAGE.split(/^## /m).map((text) => [text.slice(0, text.indexOf("\n")), text]));

for (const [section, names] of Object.entries(RIEMANN))
  test(`docs/from-riemann.md, ${section}: every name has its line`, () => {
    const told = new Set(column(section, 1).flatMap((code) => code.split(/[\s()[\]{}"/]+/)));
    assert.deepEqual(
      names.split(/\s+/).filter((name) => name.split("/").some((part) => !told.has(part))),
      [],
    );
  });

test("docs/from-riemann.md names as FastTS's only what there is", () => {
  const known = new Set([
    ...Object.keys({ ...door, ...testing }),
    ...Object.keys(door.folds).map((name) => `folds.${name}`),
  ]);
  const others = /^(?:import|function|start|hostname|Date)$/;
  const named = [...SECTIONS.keys()].flatMap((section) =>
    column(section, 2).flatMap((code) =>
      [...code.matchAll(/(?<![\w.])(?:folds\.\w+|\w+(?=\())/g)].map(([name]) => name),
    ),
  );
  assert.deepEqual(
    named.filter((name) => !known.has(name) && !others.test(name)),
    [],
  );
});

/** The pieces of code in a column of a section's tables. */
function column(section: string, at: number): string[] {
  const rows = (SECTIONS.get(section) ?? "").split("\n").filter((line) => /^\| (?!---)/.test(line));
  return rows.flatMap((row) => {
    const cell = row.split(/(?<!\\)\|/)[at] ?? "";
    return [...cell.matchAll(/(`+)(.*?)\1/g)].map(({ 2: code = "" }) => code);
  });
}
