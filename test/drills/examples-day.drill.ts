import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readDocs } from "../../docs/tsdoc.ts";
import type { AnyStages, Pipeline } from "../../src/core/pipeline.ts";
import { edgesOf } from "../../src/core/pipeline-edges.ts";
import type { Edge } from "../../src/core/stage.ts";
import * as main from "../../src/index.ts";
import { at } from "../../src/testing/index.ts";
import { loadRoutes } from "../../src/testing/load-routes.ts";
import { RoutesRun } from "../../src/testing/routes-run.ts";
import type { Recorded } from "../../src/testing/routes-under-test.ts";
import { pipelinesOf } from "../example-pipelines.ts";
import { ROOT, readSources } from "../sources.ts";
import { DAY, dayBeginningAt } from "./day.ts";

type Named = readonly [name: string, pipeline: Pipeline];

/** Sinks that nobody is woken by; all others are for people. */
const FOR_MACHINES = new Set(
  `amqp clickhouse datadog elasticsearch exec file forward graphite influxdb kafka loki mqtt nats otlp postgres prometheus
  redis remoteWrite splunk stdout webhook`.split(/\s+/),
);
/** How many messages an alert may send on the worst of days, as long or as short as it is. */
const MAX_MESSAGES = 50;
/** The day comes after a week of silence. */
const DAYS_OF_SILENCE = 7;
/** Those that tell of silence, so not on a day on which all came in. */
const ALERTS_OF_SILENCE = /fill-in\.ts/;
/** Roll-ups, and the seconds between two points of a series. */
const ROLL_UPS: readonly (readonly [RegExp, number])[] = [
  [/cluster\.ts/, 10],
  [/activity\.ts/, 1],
  [/latency distribution/, 10],
  [/happy users/, 60],
];

const pipelines = [...ofFiles("examples"), ...ofFiles("routes"), ...ofComments()];
const run = new RoutesRun(pipelines.map(evaluated), {});
/** What people were told. */
const messages: Recorded[] = [];
/** The points of each roll-up, by its series: in which span of its seconds each is. */
const points = ROLL_UPS.map(() => new Map<string, number[]>());

run.inject([at(0, { host: "web1", service: "backup", state: "ok" }), at(1, { host: "web1", service: "http" })]);
for (const moment of dayBeginningAt(DAYS_OF_SILENCE * DAY)) {
  run.inject(moment);
  for (const one of run.drain().recorded)
    if (isForPeople(one)) messages.push(one);
    else for (const [n, [roll, seconds]] of ROLL_UPS.entries()) if (roll.test(one.pipeline)) note(n, seconds, one);
}

function note(rollUp: number, seconds: number, { pipeline, events }: Recorded): void {
  for (const { host, service, time } of events) {
    const series = `${pipeline} ${host} ${service}`;
    const spans = points[rollUp]?.get(series) ?? [];
    if (spans.push(Math.floor(time / seconds)) === 1) points[rollUp]?.set(series, spans);
  }
}

for (const [name] of pipelines.filter(([, { stages }]) => edgesOf(stages).some(isForPeople)))
  test(`${name}: tells people what happens, and does not flood them`, () => {
    const told = messages.filter(({ pipeline }) => pipeline === name).map((one) => Math.trunc(one.at / DAY));
    const days = Array.from({ length: DAYS_OF_SILENCE + 1 }, (_, n) => told.filter((day) => day === n).length);
    const awaited = ALERTS_OF_SILENCE.test(name) ? days[1] : days.at(-1);
    assert.ok(awaited !== 0 && Math.max(...days) <= MAX_MESSAGES, `messages by day: ${days}`);
  });

for (const [n, [roll, seconds]] of ROLL_UPS.entries())
  test(`${roll.source}: one point for each series and ${seconds} s`, () => {
    const series = points[n] ?? new Map<string, number[]>();
    for (const [name, spans] of series) assert.equal(new Set(spans).size, spans.length, name);
    const perSeries = [...series.values()].flat().length / series.size;
    const least = (0.9 * DAY) / Math.max(seconds, 240);
    assert.ok(perSeries > least && perSeries <= DAY / seconds + 1, `${perSeries} a day`);
  });

test("no example restarts or drops anything, but what one throws on purpose", () => {
  assert.deepEqual([run.restarts, run.drops.filter(({ reason }) => reason !== "crash")], [0, []]);
});

function isForPeople({ kind, name }: Pick<Recorded | Edge, "kind" | "name">): boolean {
  return kind === "sink" && !FOR_MACHINES.has(name);
}

/** As if it were a route file. */
function evaluated([name, pipeline]: Named) {
  return {
    file: { file: name, name, hash: "", code: "", map: "", inputs: [] },
    pipelines: [
      {
        pipeline: { ...pipeline, name, stages: unrendered(pipeline.stages) },
        place: { file: name, line: 1, column: 1, source: null },
      },
    ],
    problem: null,
    forget: () => {},
  };
}

/** What sinks would send is half of the work, and nobody looks at it here. */
function unrendered(stages: AnyStages): AnyStages {
  return stages.map((one) => {
    const branches = Object.entries(one.branches).map(([name, list]) => [name, unrendered(list)]);
    const edge = one.edge && { ...one.edge, rendered: () => [] };
    return { ...one, branches: Object.fromEntries(branches), edge };
  });
}

function ofFiles(dir: string): readonly Named[] {
  return loadRoutes([join(ROOT, dir)], ROOT).flatMap(({ file, pipelines }) =>
    pipelines.map(({ pipeline }) => [`${dir}/${file.name}: ${pipeline.name}`, pipeline] as const),
  );
}

/** Examples in comments that tell people. */
function ofComments(): readonly Named[] {
  return readSources().flatMap(({ path, text }) =>
    readDocs(text).flatMap(({ examples }) =>
      examples.flatMap(({ code }) => {
        if (!/\bpipeline\(/.test(code)) return [];
        const made = pipelinesOf(code, main);
        return made.some(({ stages }) => edgesOf(stages).some(isForPeople))
          ? made.map((pipeline) => [`src/${path}: ${pipeline.name}`, pipeline] as const)
          : [];
      }),
    ),
  );
}
