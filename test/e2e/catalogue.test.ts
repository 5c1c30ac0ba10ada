import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { event } from "../../src/core/event.ts";
import type { AnyStages } from "../../src/core/pipeline.ts";
import { by } from "../../src/stages/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { flat } from "../stages/flat.ts";
import { toText } from "../stages/plain-text.ts";
import { trial } from "../stages/trial.ts";
import { USES } from "../stages/uses.ts";
import { Client } from "./client.ts";
import { DaemonProcess, routeDir } from "./daemon-process.ts";
import { balanced } from "./ledger.ts";

/*
 * Stages of the catalogue in real daemons: each in a pipeline of its own, for each host. Those are left out whose output
 * depends on when events come, which is not the same in two daemons; `runtime/spreads` has them in virtual time.
 */

const NOW = Math.floor(Date.now() / 1000);
const HOSTS = ["a", "b", "web-1", "web-2", "zürich", "ü", ""];
const EVENTS = Array.from({ length: 280 }, (_, n) => ({
  host: HOSTS[(n * 5) % HOSTS.length] ?? "",
  service: ["cpu", "disk"][(n >> 3) % 2] ?? "",
  state: ["ok", "ok", "critical", "expired"][(n >> 2) % 4] ?? "",
  metric: ((n * 7) % 11) - 4,
  time: NOW,
  ttl: 100_000,
  origin: HOSTS[(n * 5) % HOSTS.length] ?? "",
}));

/** What stands in a route file in front of the stages as they are written in the tests. */
const PRELUDE = `import * as all from "fast-ts";
const { by, folds, pipeline, stage, stdout } = all;
const [s, stages] = [all, all];
const pass = () => stage("pass", ({ emit }) => emit, { memory: 0, changes: [] });
const flat = stage("flat", ({ emit }) => {
  const each = (value) => (Array.isArray(value) ? value.forEach(each) : value !== null && emit(value));
  return each;
}, { takes: "anything", memory: 0, changes: [] });
const print = (name) => stdout({ format: (e) => JSON.stringify([name, e.attributes.origin ?? e.host, e]) });
`;

/** As they are written, if a route file can have them so. */
const TEXTS = [...USES].flatMap(([name, make]) => {
  const text = String(make);
  return /^\(\) => \[(s|stages)\./.test(text) && !/alert\(|publish\(|subscribe\(|reinject\(/.test(text)
    ? [{ name, text, make }]
    : [];
});

/** What comes out when so many seconds pass before the first event, and between two, and at the stop. */
async function outAfter(make: () => AnyStages, [late, gap]: readonly [number, number]): Promise<readonly string[]> {
  const run = trial([by("host", make() as []), flat], new VirtualClock(NOW + late));
  for (const { origin, ...fields } of EVENTS) {
    run.offer([event({ ...fields, attributes: { origin } })]);
    if (gap > 0) run.advanceTo(run.clock.now() + gap);
  }
  await run.stop();
  return run.out.map(({ value }) => toText(value));
}

const PACES = [
  [0, 0],
  [9, 0.07],
  [400, 3],
] as const;

/** A line for each of those whose output is the same however fast events come. */
async function linesOfTimeless(): Promise<ReadonlyMap<string, string>> {
  const lines = new Map<string, string>();
  for (const { name, text, make } of TEXTS) {
    const outs = await Promise.all(PACES.map((pace) => outAfter(make, pace)));
    if (new Set(outs.map(toText)).size > 1 || outs[0]?.length === 0) continue;
    const quoted = JSON.stringify(name);
    lines.set(name, `pipeline(${quoted}, [by("host", [...(${text})()]), flat, print(${quoted})]);\n`);
  }
  return lines;
}

/** What was printed for each pipeline and host, in order. */
async function printedBy(
  t: TestContext,
  workers: number,
  lines: ReadonlyMap<string, string>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const files = { "r.ts": `// @ts-nocheck\n${PRELUDE}${[...lines.values()].join("")}` };
  const daemon = await DaemonProcess.start(t, files, ["--workers", String(workers)]);
  const client = await Client.open(daemon.port);
  t.after(() => client.close());
  const wire = EVENTS.map(({ metric, origin, ...one }) => ({
    ...one,
    metric_d: metric,
    attributes: [{ key: "origin", value: origin }],
  }));
  for (let from = 0; from < wire.length; from += 50) await client.send(...wire.slice(from, from + 50));
  const reports = await balanced(daemon, (now) => now.every(({ offered }) => offered >= EVENTS.length));
  const spread = reports.filter(({ workers: hosts }) => hosts.length === workers);
  if (workers > 1) assert.ok(spread.length > lines.size * 0.9, `${spread.length} of ${lines.size}`);
  await daemon.stop();
  const printed: Record<string, string[]> = {};
  for (const line of daemon.printed) {
    const [name, origin, one] = JSON.parse(line);
    const key = JSON.stringify([name, origin]);
    printed[key] = [...(printed[key] ?? []), JSON.stringify(one)];
  }
  return Object.fromEntries(Object.entries(printed).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

test("stages of the catalogue give out the same in daemons with any number of workers, for each host in order", async (t) => {
  const lines = await linesOfTimeless();
  t.diagnostic(`${lines.size} of ${USES.size}: ${[...lines.keys()].join("; ")}`);
  assert.ok(lines.size > 60, String(lines.size));
  const whole = await printedBy(t, 0, lines);
  assert.equal(new Set(Object.keys(whole).map((key) => JSON.parse(key)[0])).size, lines.size);
  for (const workers of [1, 2, 8]) assert.deepEqual(await printedBy(t, workers, lines), whole, `${workers} workers`);
});

/** Stages that keep nothing, and have others in them. */
const AROUND = [
  "tee([INSIDE], [])",
  "sdo([INSIDE])",
  "io([INSIDE])",
  "catchErrors([INSIDE], [])",
  "where((e) => e.state !== null, [INSIDE], [])",
  "dual((e) => e.state !== null, [INSIDE], [])",
  "split([[(e) => e.state !== null, [INSIDE]]], [])",
  'splitp("<", "metric", [[1000, [INSIDE]]], [])',
  'parallel(2, [INSIDE], { key: "host" })',
];

test("what stages of the catalogue keep goes on from workers to the main thread and back, inside of others too", async (t) => {
  const inside = AROUND.map((text) => `all.${text.replace("INSIDE", 'by("host", [all.counter()])')}`);
  const alone = TEXTS.map(({ text }) => `by("host", [...(${text})()])`);
  const lines = [...inside, ...alone].map(
    (stages, at) => `pipeline("${at} ${stages.slice(0, 30).replaceAll('"', "")}", [${stages}]);`,
  );
  const dir = routeDir(t, {});
  for (const workers of [2, 0, 1]) {
    const files = { "r.ts": `// @ts-nocheck\n${PRELUDE}${lines.join("\n")}` };
    const daemon = await DaemonProcess.start(t, files, ["--workers", `${workers}`, "--state", dir]);
    const client = await Client.open(daemon.port);
    await client.send(...HOSTS.map((host) => ({ host, service: "cpu", state: "ok", metric_d: 1, ttl: 1000 })));
    client.close();
    await balanced(daemon, (now) => now.every(({ offered }) => offered >= HOSTS.length));
    await daemon.stop();
    const anew = daemon.linesOf("some stages of a pipeline start anew");
    assert.deepEqual(
      anew.map(({ pipeline, anew }) => [pipeline, anew]),
      [],
      `${workers} workers`,
    );
  }
});
