import assert from "node:assert/strict";
import { test } from "node:test";
import { event, NO_ATTRIBUTES, NO_TAGS, newEvent } from "../../src/core/event.ts";
import { compileQuery } from "../../src/query/query.ts";

const api = event({
  host: "web-1",
  service: "api GET",
  state: "ok",
  description: 'said "no\\yes"\n50% done',
  metric: 2,
  time: 5,
  ttl: 60,
  tags: ["prod", "web"],
  attributes: {
    zone: "eu",
    "data-center": "x",
    "a/b c": "1",
    host: "other",
    version: "2",
    "rack.row": "7",
    Über_1: "ü",
  },
});
const bare = event({ time: 0 });
const found = (query: string) => [api, bare].filter(compileQuery(query).matches);

/** Queries by what they find of an event with everything and one with nothing but a time. */
const FINDS: Readonly<Record<"both" | "api" | "bare" | "neither", readonly string[]>> = {
  both: [
    ...["true", "not false", "not nil", '"text"', "0", "time", "not not true", "1 = 1.0", "nil = null", 'host != "x"'],
    ...["metric != 3", "time < Infinity", "-1e-5 < time", "constructor = nil", "toString = nil", "__proto__ = nil"],
    ...['metric != "2"', "NaN = NaN", "1 < 2", 'not tagged "x"', "metric = metric", "time > -Infinity"],
  ],
  api: [
    // fields and attributes
    ...['host = "web-1"', "host", 'attributes.host = "other"', 'zone = "eu"', 'attributes.zone = "eu"', "zone"],
    ...[
      'data-center = "x"',
      'attributes."a/b c" = "1"',
      'rack.row = "7"',
      'attributes."rack.row" = "7"',
      'Über_1 = "ü"',
    ],
    ...['attributes."zone"', "tags", "tags != nil", "nil != tags", 'tagged "prod"', 'tagged"web"'],
    // numbers are of one type, texts of another
    ...["metric = 2", "metric = 2.0", "metric = 2n", "metric = 2N", "metric = 20e-1", "metric = 0.2E1", "metric=2E+0"],
    ...["ttl = 60", "time = 5", "time = 5.0", 'version = "2"', "version != 2 and version"],
    ...[
      "metric > 1",
      "metric >= 2",
      "metric <= 2",
      "metric < 2.5",
      "metric > -1",
      "metric < ttl",
      "1 < metric",
      "5 > metric",
    ],
    // texts
    ...[
      'description =~ "said%done"',
      'description =~ "%\\"no\\\\yes\\"\\n50% done"',
      'service =~ "api %"',
      'service =~ "%"',
    ],
    ...[
      'service =~ "%GET"',
      'service =~ "%pi%GE%"',
      'service ~= "GET"',
      'service ~= "^api \\\\w+$"',
      'service ~= "(?i)^API"',
    ],
    ...['"web-1" = host', '"abc" ~= "b" and host', 'service = "\\u0061pi GET"', 'description ~= "\\\\\\\\"'],
    // without blanks, and with others
    ...[
      "metric>0",
      "metric>=2",
      "metric<=2",
      "metric>-1",
      'state="ok"',
      "metric=2",
      'host!="x"and host',
      'service=~"api%"',
    ],
    ...[
      'service~="^api"and metric<3',
      '(host="web-1")and(metric>1)',
      'tagged"prod"or false',
      ',host,=,"web-1",',
      "\n\thost\r\n",
    ],
    "not(metric=nil)",
  ],
  bare: [
    ...[
      "host = nil",
      "host = null",
      "host=nil",
      "not host",
      "time = 0",
      "not not not host",
      "metric = nil and ttl = nil",
    ],
    ...["tags = nil", "not (metric < 5)", "not metric >= 0", "zone = nil", "not tags", "state = ok"],
  ],
  neither: [
    ...[
      "false",
      "nil",
      "null",
      'metric = "2"',
      "version = 2",
      "version > 1",
      "metric > 2",
      "metric < 2",
      "host = true",
    ],
    ...[
      'host = "WEB-1"',
      'Zone = "eu"',
      'service = "api"',
      'service =~ "api"',
      'service =~ "pi%"',
      'service =~ "api.*"',
    ],
    ...['service ~= "^GET"', 'metric =~ "2"', 'metric ~= "2"', "host > 1", "host < 1", "metric = NaN", "metric > NaN"],
    ...[
      'tagged "PROD"',
      'tagged ""',
      'attributes.attributes.zone = "eu"',
      'tagged "pro"',
      "metric_f = 2",
      "2 < 1",
      'nil ~= ""',
    ],
    ...["constructor", 'toString ~= ""', "false = nil"],
  ],
};
const EXPECTED = { both: [api, bare], api: [api], bare: [bare], neither: [] };
for (const name of ["both", "api", "bare", "neither"] as const)
  for (const query of FINDS[name])
    test(`${query} finds ${name}`, () => {
      assert.deepEqual(found(query), EXPECTED[name]);
    });

test("not binds closer than and, and closer than or; both go on from the left", () => {
  const truth = (query: string) => compileQuery(query).matches(bare);
  for (const a of ["true", "false"])
    for (const b of ["true", "false"])
      for (const c of ["true", "false"]) {
        const [x, y, z] = [a, b, c].map((one) => one === "true");
        assert.equal(truth(`not ${a} and ${b}`), !x && y);
        assert.equal(truth(`not ${a} or ${b} and ${c}`), !x || (y && z));
        assert.equal(truth(`${a} and ${b} or ${c}`), (x && y) || z);
        assert.equal(truth(`${a} or ${b} and not ${c}`), x || (y && !z));
        assert.equal(truth(`not (${a} or ${b}) and ${c}`), !(x || y) && z);
        assert.equal(truth(`not ((${a} or ${b}) and (((${c}))))`), !((x || y) && z));
      }
});

test("a number that was sent as a 32-bit float is compared as it is printed", () => {
  const tenth = Math.fround(0.1);
  const float = newEvent(null, null, null, null, tenth, 0, tenth, NO_TAGS, NO_ATTRIBUTES, true);
  const double = event({ metric: tenth, time: 0 });
  for (const query of ["metric = 0.1", "ttl = 0.1", "metric <= 0.1", "not metric > 0.1"])
    assert.ok(compileQuery(query).matches(float), query);
  assert.deepEqual(
    ["metric = 0.1", "metric > 0.1"].map((query) => compileQuery(query).matches(double)),
    [false, true],
  );
});

test("NaN equals itself and has no order", () => {
  const nan = event({ metric: Number.NaN, time: 0 });
  const queries = ["metric = NaN", "metric != NaN", "metric < 0", "metric >= 0", "metric <= NaN"];
  assert.deepEqual(
    queries.map((query) => compileQuery(query).matches(nan)),
    [true, false, false, false, false],
  );
});

test("escapes in texts are Riemann's", () => {
  const { matches } = compileQuery('service = "\\"\\\\\\b\\t\\n\\f\\r\\u00e9\\uD83D\\ude00辻斬\n"');
  assert.ok(matches(event({ service: '"\\\b\t\n\f\ré😀辻斬\n', time: 0 })));
});

test("a query for one host and service names its series", () => {
  const series = (query: string) => compileQuery(query).series;
  assert.deepEqual(series('host = "a" and service = "b"'), { host: "a", service: "b" });
  assert.deepEqual(series('service=nil and(host="a")'), { host: "a", service: null });
  assert.deepEqual(series('(host = null and service = "b")'), { host: null, service: "b" });
  for (const other of [
    ...[
      'host = "a"',
      'host = "a" and host = "b"',
      'host = "a" and service = "b" and true',
      'host = "a" or service = "b"',
    ],
    ...['host = "a" and service != "b"', 'host = "a" and service =~ "b"', 'host = "a" and service = 5'],
    ...['attributes.host = "a" and service = "b"', 'host = "a" and "b" = service', "host = service and service = nil"],
    ...['not (host = "a" and service = "b")', 'host = "a" and zone = "b"'],
  ])
    assert.equal(series(other), null, other);
});

test("a query as long as may be, whatever it is made of, is compiled and asked without more stack than a short one", () => {
  const long = (piece: string, end: string) => piece.repeat((65_536 - end.length) / piece.length) + end;
  for (const query of [
    long("true and ", "true"),
    long("not not ", "true"),
    long("false or ", "true"),
    long(", ", "true"),
    `"${"\\\\".repeat(32_000)}"`,
  ])
    assert.equal(compileQuery(query).matches(bare), true, query.slice(-20));
  const nested = `${"(not ".repeat(100)}true${")".repeat(100)}`;
  assert.equal(compileQuery(nested).matches(bare), true);
});
