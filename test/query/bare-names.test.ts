import assert from "node:assert/strict";
import { test } from "node:test";
import { bareNameProblem } from "../../src/query/bare-names.ts";

/** Queries, and what is said of the name that begins at the caret. */
const HINTED: readonly (readonly [query: string, says: RegExp])[] = [
  ["host = ^db1", /"db1" without quotes is the attribute of that name: write host = "db1", or attributes\.db1 if/],
  ["state != ^ok", /write state != "ok", or attributes\.ok/],
  ["^db1 = host", /write "db1" = host, or attributes\.db1/],
  ["zone = ^eu", /write zone = "eu"/],
  ["attributes.zone = ^eu", /write attributes\.zone = "eu"/],
  ['(tagged "a" and not service=^web-a.b)', /write service = "web-a\.b"/],
  ["metric > ^high", /attributes are texts, which have no order: write a number/],
  ['host = "a" or state = ^critical', /write state = "critical"/],
];

for (const [marked, says] of HINTED)
  test(`${marked} compares with a bare name`, () => {
    const problem = bareNameProblem(marked.replace("^", ""));
    assert.match(problem?.message ?? "", says);
    assert.match(problem?.message ?? "", new RegExp(`^query: column ${marked.indexOf("^") + 1}: `));
  });

for (const query of [
  'host = "db1"',
  'zone = "eu"',
  '"eu" = zone',
  "host = attributes.db1",
  'host = attributes."db1"',
  "host = service",
  "time > ttl",
  "metric > 5",
  "host = nil",
  "nil = zone",
  "zone",
  "not zone and true",
  'host =~ "a"',
])
  test(`${query} compares with no bare name`, () => assert.equal(bareNameProblem(query), null));
