import assert from "node:assert/strict";
import { test } from "node:test";
import { event } from "../../src/core/event.ts";
import { secret } from "../../src/delivery/secret.ts";
import { FastTsError } from "../../src/errors.ts";
import { InfluxLines } from "../../src/sinks/influx-line.ts";
import { type InfluxOptions, influxdb } from "../../src/sinks/influxdb.ts";
import { setEnvironment } from "../environment.ts";
import { type HttpSinkCase, requestOf, testTrouble, withServer } from "./answers.ts";

const sinkOf = (more: InfluxOptions): HttpSinkCase => ({
  name: "influxdb",
  make: (url, options) => influxdb(url, { ...more, ...options }),
  well: (response) => void response.writeHead(204).end(),
});
const V1 = sinkOf({ db: "metrics" });
const CPU = { host: "web1", service: "cpu", metric: 0.25, time: 1_700_000_000.5 };

testTrouble(V1);

// https://docs.influxdata.com/influxdb/v1/tools/api/#write-http-endpoint
test("version 1 gets lines at /write, with the time in microseconds", async () => {
  const { method, path, headers, body } = await requestOf(V1, [CPU, { ...CPU, metric: 7, attributes: { zone: "eu" } }]);
  assert.deepEqual([method, path], ["POST", "/write?db=metrics&precision=u"]);
  assert.equal(headers.authorization, undefined);
  const lines = ["cpu,host=web1 value=0.25 1700000000500000", "cpu,host=web1,zone=eu value=7 1700000000500000"];
  assert.equal(body, lines.join("\n"));
});

test("a name and password in the URL are basic authentication", async () => {
  const url = (at: string): string => at.replace("http://", "http://me:pass@");
  const sink = { ...V1, make: (at: string) => influxdb(url(at), { db: "metrics" }) };
  const { headers } = await requestOf(sink, [CPU]);
  assert.equal(headers.authorization, `Basic ${Buffer.from("me:pass").toString("base64")}`);
});

// https://docs.influxdata.com/influxdb/v2/api/#operation/PostWrite
test("version 2 gets a bucket, an organization and the token", async (t) => {
  setEnvironment(t, { FTS_TEST_INFLUX: "t0ken" });
  const sink = sinkOf({ bucket: "b 1", org: "ops", token: secret("FTS_TEST_INFLUX") });
  const { path, headers } = await requestOf(sink, [CPU]);
  assert.equal(path, "/api/v2/write?org=ops&bucket=b+1&precision=us");
  assert.equal(headers.authorization, "Token t0ken");
});

// https://docs.influxdata.com/influxdb3/core/api/v3/#operation/PostWriteLP
test("version 3 gets the precision by its long name, and stores what it can of a request", async () => {
  const { path, headers } = await requestOf(sinkOf({ db: "metrics", token: "t", version: 3 }), [CPU]);
  assert.equal(path, "/api/v3/write_lp?db=metrics&precision=microsecond&accept_partial=true");
  assert.equal(headers.authorization, "Bearer t");
});

test("a path of the URL is kept before that of the API", async () => {
  const sink = { ...V1, make: (url: string) => influxdb(`${url}/influx/`, { db: "metrics" }) };
  assert.equal((await requestOf(sink, [CPU])).path, "/influx/write?db=metrics&precision=u");
});

test("what has no service or no finite metric is refused", async () => {
  await withServer(V1, {}, async (outside, stub) => {
    outside.offer(CPU, { ...CPU, metric: Number.NaN }, { ...CPU, service: null }, { ...CPU, metric: null });
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [1, 3]);
    assert.equal(stub.received[0]?.body.split("\n").length, 1);
  });
});

test("nothing in a name ends a tag or a line", () => {
  const line = new InfluxLines().line(
    event({
      ...{ host: "a,b=c d", service: "disk /, used=1\nx", metric: 1, time: 5 },
      attributes: { "k,=": "v\\", path: "C:\\ x", empty: "", host: "second" },
    }),
  );
  const expected = "disk\\ /\\,\\ used=1\\ x,host=a\\,b\\=c\\ d,k\\,\\==v/,path=C:/\\ x value=1 5000000";
  assert.equal(line, expected);
});

test("no service makes a comment of its line", () => {
  const lines = ["#svc", " #svc", "a#"].map((service) =>
    new InfluxLines().line(event({ service, metric: 1, time: 5 })),
  );
  assert.deepEqual(lines, ["_svc value=1 5000000", "\\ #svc value=1 5000000", "a# value=1 5000000"]);
});

const THREE = ["a", "b", "c"].map((service) => ({ ...CPU, service }));

/** The answer to a request that has a line of `b`; the others are well. */
async function partial(sink: HttpSinkCase, status: number, answer: string): Promise<[number, number, number]> {
  let result: [number, number, number] = [0, 0, 0];
  await withServer(sink, {}, async (outside, stub) => {
    stub.answer = (response, { body }) => {
      if (/^b,/m.test(body)) response.writeHead(status).end(answer);
      else sink.well(response);
    };
    outside.offer(...THREE);
    await outside.settled();
    const { delivered, dropped } = outside.report;
    result = [delivered, dropped.refused, stub.received.length];
  });
  return result;
}

test("lines that an answer names are given up, the others are not sent again", async () => {
  const line = "b,host=web1 value=0.25 1700000000500000";
  const parse = { error: `partial write: unable to parse '${line}': invalid number dropped=0` };
  assert.deepEqual(await partial(V1, 400, JSON.stringify(parse)), [2, 1, 1]);
  const conflict = 'field type conflict: input field "value" on measurement "b" is type float, already exists as type';
  const error = { error: `partial write: ${conflict} integer dropped=1` };
  assert.deepEqual(await partial(V1, 400, JSON.stringify(error)), [2, 1, 1]);
  const data = [{ error_message: "no", line_number: 2, original_line: line }];
  const third = JSON.stringify({ error: "partial write of line protocol occurred", data });
  assert.deepEqual(await partial(sinkOf({ db: "m", version: 3 }), 400, third), [2, 1, 1]);
});

test("where the answer names no line the request is halved until it is found", async () => {
  const [delivered, refused, requests] = await partial(V1, 400, '{"error":"something is wrong"}');
  assert.deepEqual([delivered, refused], [2, 1]);
  assert.ok(requests > 1);
});

test("a database that is not there is waited for, and the log says so", async () => {
  await withServer(V1, {}, async (outside, stub) => {
    stub.answer = (response) => void response.writeHead(404).end('{"error":"database not found"}');
    outside.offer(CPU);
    await outside.until(() => stub.received.length === 1 && outside.live.log.length > 0);
    assert.equal(outside.report.pending, 1);
    assert.match(JSON.stringify(outside.live.log), /is the database there\?/);
  });
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => influxdb("influx:8086", { db: "x" }), /influxdb\(url\): must be a URL/],
    [() => influxdb("http://a", {}), /influxdb\(db\): must be a string that is not empty, got undefined/],
    [() => influxdb("http://a", { org: "x", version: 2 }), /influxdb\(bucket\): must be a string that is not empty/],
    [() => influxdb("http://a", { db: "x", bucket: "y" }), /takes db or bucket, not both/],
    [() => influxdb("http://a", { db: "x", version: 4 as never }), /influxdb\(version\): must be 1, 2 or 3, got 4/],
    [() => influxdb("http://a", { db: "x", token: "" }), /influxdb\(token\): must be a text or a secret\("NAME"\)/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
