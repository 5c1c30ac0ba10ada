import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Event, event } from "../../src/core/event.ts";
import { routeFile } from "../../src/core/route-file.ts";
import { at, expectEvents, type RoutesUnderTest, routes, wait } from "../../src/testing/index.ts";
import { loadRoutes } from "../../src/testing/load-routes.ts";
import { assertBalanced } from "../e2e/ledger.ts";
import { routeDir } from "../routes/route-dir.ts";

async function loaded(t: TestContext, text: string): Promise<RoutesUnderTest> {
  const dir = await routeDir(t, { "a.ts": text });
  return routes(join(dir, "a.ts"));
}

const metrics = (events: readonly Event[] | undefined) => events?.map(({ metric }) => metric);

const ALERTS = `
import { by, email, pipeline, rate, stdout, tee, where } from "fast-ts";
enum Level { High = 10 }
pipeline("alerts", [by("host", [rate(5)]), where((e) => (e.metric ?? 0) > Level.High, [email("ops@example.com")])]);
pipeline("all", [tee([stdout()])]);
`;

test("sinks record what comes to them, in place of meeting the world", async (t) => {
  const routes = await loaded(t, ALERTS);
  routes.inject([{ host: "a", metric: 100, time: 1 }, { host: "b", metric: 10 }, wait(5)]);
  assert.deepEqual(metrics(routes.sinks.email), [20]);
  assert.deepEqual(metrics(routes.sinks.stdout), [100, 10]);
  assert.deepEqual(
    routes.recorded.map(({ at, pipeline, stage, kind, name }) => [at, pipeline, stage, kind, name]),
    [
      [1, "all", "tee#0/stdout#0", "sink", "stdout"],
      [1, "all", "tee#0/stdout#0", "sink", "stdout"],
      [6, "alerts", "where#1/email#0", "sink", "email"],
    ],
  );
});

test("time passes up to an event's own time; what is older comes now, and what has none is of now", async (t) => {
  const routes = await loaded(t, ALERTS);
  routes.inject([{ time: 10 }, { time: 4 }, {}, at(12, {}), at(13, { time: 5 })]);
  assert.deepEqual(
    routes.recorded.map(({ at, events }) => [at, events[0]?.time]),
    [
      [10, 10],
      [10, 4],
      [10, 10],
      [12, 12],
      [13, 5],
    ],
  );
  assert.equal(routes.now, 13);
});

test("all pipelines of a directory share one clock, and each has its ledger", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": 'import { pipeline, rate, stdout } from "fast-ts"; pipeline("a", [rate(5), stdout()]);',
    "b.ts": 'import { pipeline, throttle, email } from "fast-ts";\npipeline("b", [throttle(1, 5), email("a@b.de")]);',
    "_c.ts": 'throw new Error("is not loaded");',
  });
  const t1 = routes(dir);
  t1.inject([{ metric: 5 }, { metric: 10 }, wait(5)]);
  assert.deepEqual([metrics(t1.sinks.stdout), metrics(t1.sinks.email)], [[3], [5]]);
  for (const report of t1.pipelines) assertBalanced(report);
  assert.deepEqual(
    t1.pipelines.map(({ name, file, line, offered }) => [name, file, line, offered]),
    [
      ["a", join(dir, "a.ts"), 1, 2],
      ["b", join(dir, "b.ts"), 2, 2],
    ],
  );
});

test("a stage that throws restarts its pipeline; the log names the user's line", async (t) => {
  const route =
    'import { map, pipeline, stdout } from "fast-ts";\npipeline("p", [map((e) => e.with({ time: Number(e.host) })), stdout()]);';
  const routes = await loaded(t, route);
  routes.inject([{ host: "1" }, { host: "x" }, { host: "2" }]);
  assert.equal(routes.restarts, 1);
  assert.deepEqual(
    routes.sinks.stdout?.map(({ time }) => time),
    [1, 2],
  );
  assert.deepEqual(routes.drops, [{ pipeline: "p", stage: "map#0", reason: "crash", count: 1 }]);
  assert.match(
    String(routes.log[0]?.fields.error),
    /with\(\{ time \}\): must be a finite number.*\n(?:.*\n)*?.*a\.ts:2:\d+/,
  );
});

test("to read a sink that there is none of throws, and says which there are", async (t) => {
  const routes = await loaded(t, ALERTS);
  const message = 'the routes have no sink "emial": there is email, stdout; did you mean email?';
  assert.throws(() => routes.sinks.emial, { code: "FTS_TEST", message });
  assert.throws(() => routes.taps.x, { code: "FTS_TEST", message: 'the routes have no tap "x": there is none' });
});

test("a URL and a list of paths do as well", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": 'import { pipeline, stdout } from "fast-ts"; pipeline("a", [stdout()]);',
    "b.ts": 'import { pipeline, email } from "fast-ts"; pipeline("b", [email("a@b.de")]);',
  });
  const both = routes([pathToFileURL(join(dir, "a.ts")), dir]);
  assert.deepEqual(Object.keys(both.sinks), ["stdout", "email"]);
});

for (const [what, files, message] of [
  [
    "with a slip",
    { "a.ts": 'import { pipelin } from "fast-ts"; pipelin();' },
    /a\.ts:1:10: "fast-ts" has no export "pipelin"; did you mean/,
  ],
  ["that throws", { "a.ts": 'import { rate } from "fast-ts"; rate(0);' }, /a\.ts:1:33: rate\(interval\): must be/],
  ["without a pipeline", { "a.ts": "export {};" }, /no pipeline is declared there/],
  [
    "with one name twice",
    {
      "a.ts": 'import { pipeline } from "fast-ts"; pipeline("a", []);',
      "b.ts": 'import { pipeline } from "fast-ts"; pipeline("a", []);',
    },
    /b\.ts:1:\d+: pipeline "a" is already declared at a\.ts:1:\d+/,
  ],
] as const)
  test(`routes ${what} are an error with its place`, async (t) => {
    const dir = await routeDir(t, files);
    assert.throws(() => routes(dir), { code: "FTS_ROUTES", message });
  });

test("a stage that does not start is an error that names it, and the line of the route file", async (t) => {
  const route =
    'import { pipeline, stage } from "fast-ts"; pipeline("p", [stage("s", () => { throw new Error("no"); })]);';
  const dir = await routeDir(t, { "a.ts": route });
  assert.throws(() => routes(dir), {
    code: "FTS_STAGE_THREW",
    message: /^pipeline "p": .*s#0 threw while it started: no\n +at .*a\.ts:1:\d+/,
  });
});

test("a stage of ours that cannot start is a message and the user's own lines, without a frame of ours", async (t) => {
  const route = 'import { pipeline, stage } from "fast-ts";\npipeline("p", [stage("s", () => JSON.parse("4"))]);';
  const dir = await routeDir(t, { "a.ts": route });
  assert.throws(() => routes(dir), {
    message: `pipeline "p": FastTsError: s#0: start must return a function or { onEvent }, got 4\n    at Object.<anonymous> (${dir}/a.ts:2:16)`,
  });
});

test("a path where nothing is names what was looked for", () => {
  assert.throws(() => routes("./nope.ts"), {
    code: "FTS_ROUTES",
    message: /^routes\("\.\/nope\.ts"\): there is no .*nope\.ts/,
  });
});

test("stages that await are waited for, and a stop gives out what is held", async (t) => {
  const routes = await loaded(
    t,
    `import { batch, email, map, pipeline, smapcat, stdout } from "fast-ts";
pipeline("slow", [map(async (e) => { await null; return e.with({ metric: 2 }); }), stdout()]);
pipeline("held", [batch(10, 60), smapcat((list) => list), email("a@b.de")]);`,
  );
  await routes.injectAsync([{ metric: 1, time: 3 }]);
  assert.deepEqual([metrics(routes.sinks.stdout), metrics(routes.sinks.email)], [[2], []]);
  assert.deepEqual(await routes.stop(), { stuck: [] });
  assert.deepEqual([metrics(routes.sinks.email), routes.now, routes.drops], [[1], 3, []]);
  assert.throws(() => routes.inject([]), { code: "FTS_TEST", message: /have been stopped$/ });
});

test("a stop gives up what does not end, and names it", async (t) => {
  const route = `import { map, pipeline } from "fast-ts"; pipeline("p", [map(() => new Promise(() => {}))]);`;
  const routes = await loaded(t, route);
  routes.inject([{}]);
  await assert.rejects(routes.injectAsync([wait(1)]), { code: "FTS_TEST", message: /^map#0: still waits/ });
  assert.deepEqual(await routes.stop(), { stuck: ["p: map#0"] });
  assert.deepEqual(routes.drops, [{ pipeline: "p", stage: "map#0", reason: "stop", count: 1 }]);
});

test("channels join pipelines, also of several files, and at a stop the last words go through them", async (t) => {
  const dir = await routeDir(t, {
    "a.ts": `import { batch, pipeline, publish, smapcat } from "fast-ts";
pipeline("find", [batch(2, 60), smapcat((list) => list), publish("found")]);`,
    "b.ts": `import { email, pipeline, subscribe, throttle } from "fast-ts";
pipeline("mail", [subscribe("found"), throttle(2, 60), email("a@b.de")]);`,
  });
  const t1 = routes(dir);
  t1.inject([{ metric: 1 }, { metric: 2 }, wait(60), { metric: 3 }]);
  assert.deepEqual(metrics(t1.sinks.email), [1, 2]);
  assert.deepEqual(await t1.stop(), { stuck: [] });
  assert.deepEqual(metrics(t1.sinks.email), [1, 2, 3]);
  for (const report of t1.pipelines) assertBalanced(report);
});

test("index shows what is in it, and what expires comes to all pipelines in virtual time", async (t) => {
  const route = `import { defaults, email, expired, index, pipeline } from "fast-ts";
pipeline("index", [defaults({ ttl: 20 }), index()]);
pipeline("silent", [expired(), email("ops@example.com")]);`;
  const routes = await loaded(t, route);
  const shown = () => routes.index.map(({ host, service, metric, ttl }) => [host, service, metric, ttl]);
  routes.inject([
    { host: "b", metric: 1 },
    { host: "a", service: "y", metric: 2 },
    { host: "a", service: "x", ttl: 60 },
  ]);
  assert.deepEqual(shown(), [
    ["a", "x", null, 60],
    ["a", "y", 2, 20],
    ["b", null, 1, 20],
  ]);
  routes.inject([wait(20), { host: "b", metric: 3 }, wait(10)]);
  expectEvents(routes.sinks.email, [{ host: "a", service: "y", state: "expired", time: 30 }]);
  assert.deepEqual(shown(), [
    ["a", "x", null, 60],
    ["b", null, 3, 20],
  ]);
  for (const report of routes.pipelines) assertBalanced(report);
});

test("to look at the index of routes without one is a mistake", async (t) => {
  const routes = await loaded(t, ALERTS);
  assert.throws(() => routes.index, { code: "FTS_TEST", message: "index: no route has an index()" });
});

test("the sinks of onCrash are recorded too", async (t) => {
  const route = `import { email, map, pipeline } from "fast-ts";
pipeline("p", [map(() => { throw new Error("no"); })], { onCrash: [email("a@b.de")] });`;
  const routes = await loaded(t, route);
  routes.inject([{ service: "x" }]);
  assert.deepEqual(
    routes.recorded.map(({ stage, events }) => [stage, events[0]?.service]),
    [["onCrash/email#0", "fast-ts exception"]],
  );
});

test("what is reinjected comes to all pipelines once more, in the same second, until the stop", async (t) => {
  const route = `import { filter, pipeline, rate, reinject, set, stdout } from "fast-ts";
pipeline("sum", [filter((e) => e.service === "x"), rate(5), set({ service: "sum" }), reinject()]);
pipeline("print", [stdout()]);
pipeline("round", [filter((e) => e.service === "round"), reinject({ hops: 2 })]);`;
  const routes = await loaded(t, route);
  routes.inject([{ service: "x", metric: 5 }, wait(5), { service: "round" }]);
  assert.deepEqual(
    routes.recorded.map(({ at, events }) => [at, events[0]?.service]),
    [
      [0, "x"],
      [5, "sum"],
      [5, "round"],
      [5, "round"],
      [5, "round"],
    ],
  );
  assert.deepEqual(routes.drops, [{ pipeline: "round", stage: "reinject#1", reason: "refused", count: 1 }]);
  assert.deepEqual(await routes.stop(), { stuck: [] });
  assert.equal(routes.drops.length, 1);
});

test("a tap is recorded by its name, and io gives nothing to its stages but passes on", async (t) => {
  const route = `import { io, map, pipeline, stdout, tap } from "fast-ts";
pipeline("p", [tap("before"), io([map(() => { throw new Error("the world"); }), stdout()]), map((e) => e.with({ metric: 2 })), tap("after")]);`;
  const routes = await loaded(t, route);
  routes.inject([{ metric: 1 }]);
  assert.deepEqual([metrics(routes.taps.before), metrics(routes.taps.after), routes.restarts], [[1], [2], 0]);
  assert.deepEqual(routes.sinks.stdout, []);
});

test("of a list a sink and a tap have the events, and recorded what came together", async (t) => {
  const route = `import { email, fixedTimeWindow, pipeline, tap } from "fast-ts";
pipeline("p", [fixedTimeWindow(10), email("ops@example.com"), tap("after")]);`;
  const routes = await loaded(t, route);
  routes.inject([1, 2, 40].map((time) => ({ metric: time, time })));
  await routes.stop();
  assert.deepEqual(
    [metrics(routes.sinks.email), metrics(routes.taps.after)],
    [
      [1, 2, 40],
      [1, 2, 40],
    ],
  );
  const mails = routes.recorded.filter(({ name }) => name === "email").map(({ events }) => metrics(events));
  assert.deepEqual(mails, [[1, 2], [40]], "the empty lists in between lead to nothing");
  const sink = routes.pipelines[0]?.stages.find(({ place }) => place === "email#1");
  assert.equal(sink?.handled, sink?.delivered);
});

test("when events are not as expected, what threw, was dropped or waits is told with them", async (t) => {
  const route = `import { fixedTimeWindow, map, pipeline, rate, smapcat, stdout } from "fast-ts";
pipeline("throws", [map((e) => { if (e.metric === 2) throw new Error("not 2"); return e; }), rate(5), stdout()]);
pipeline("late", [fixedTimeWindow(10), smapcat((list) => list)]);
pipeline("waits", [map(async (e) => e)]);`;
  const routes = await loaded(t, route);
  routes.inject([
    { metric: 1, time: 30 },
    { metric: 1, time: 50 },
    { metric: 2, time: 1 },
  ]);
  const said = [
    /pipeline throws: map#0 threw Error: not 2 at .*a\.ts:2:\d+/,
    /pipeline late: fixedTimeWindow#0 dropped 1, late/,
    /map#0: waits for a promise, which injectAsync lets settle/,
  ];
  for (const part of said) assert.throws(() => expectEvents(routes.sinks.stdout, [{ host: "never" }]), part);
});

test("a route file that loops for ever is stopped and named, and the next one that loads is not bothered", async (t) => {
  const loop =
    'import { pipeline } from "fast-ts";\npipeline("a", []);\ntry { for (;;); } finally { pipeline("b", []); }';
  const dir = await routeDir(t, { "loop.ts": loop, "z.ts": ALERTS });
  assert.throws(() => loadRoutes([join(dir, "loop.ts")], dir, 0.05), {
    code: "FTS_ROUTES",
    message:
      /loop\.ts: does not finish: stopped after 0\.05 s; a route file only declares pipelines; do the work in a stage$/,
  });
  assert.equal(routeFile(), null, "what is made from now on is not made by it");
  const [evaluated] = loadRoutes([join(dir, "z.ts")], dir);
  assert.deepEqual(
    evaluated?.pipelines.map(({ pipeline, place }) => [pipeline.name, place.line]),
    [
      ["alerts", 4],
      ["all", 5],
    ],
  );
});

const CHANGES = [
  "e.metric = e.metric * 100;",
  "e.metric++;",
  "[e.metric] = [1];",
  "({ length: e.metric } = [1, 2]);",
  'Object.assign(e, { service: "percent" });',
  "e.percent = 50;",
  'e.tags.push("x");',
  'e.tags[0] = "x";',
  'e.attributes.unit = "%";',
  "delete e.attributes.zone;",
  "setMetric(e, 5);",
];

for (const change of CHANGES)
  test(`a route whose code says \`${change}\` throws there, and other pipelines get the event as it was`, async (t) => {
    const dir = await routeDir(t, {
      "a.ts": `import { map, pipeline } from "fast-ts";
import { setMetric } from "./_library.cjs";
pipeline("a", [map((e: any) => {
  ${change}
  return e;
})]);`,
      "_library.cjs": "exports.setMetric = (e, metric) => {\n  e.metric = metric;\n};",
      "b.ts": 'import { pipeline, stdout } from "fast-ts";\npipeline("b", [stdout()]);',
    });
    const under = await routes(dir);
    const sent = { service: "share", metric: 0.5, time: 1, tags: ["t"], attributes: { zone: "z" } };
    under.inject([sent]);
    assert.deepEqual(under.sinks.stdout, [event(sent)]);
    const [line, ...others] = under.log;
    assert.deepEqual([line?.message, line?.fields.stage, others], ["stage threw, pipeline restarts", "map#0", []]);
    const place = change.startsWith("setMetric") ? "_library.cjs:2:" : "a.ts:4:";
    const usersLine = String(line?.fields.error).match(/\n +at (?!.*<anonymous>\)).*/)?.[0];
    assert.equal(usersLine?.includes(place), true, String(line?.fields.error));
  });
