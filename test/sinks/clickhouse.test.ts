import assert from "node:assert/strict";
import { test } from "node:test";
import { FastTsError } from "../../src/errors.ts";
import { clickhouse } from "../../src/sinks/clickhouse.ts";
import { type HttpSinkCase, requestOf, testTrouble, withServer } from "./answers.ts";

const AT_ONCE = { batch: { seconds: 0 } };
const SINK: HttpSinkCase = {
  name: "clickhouse",
  make: (url, options) => clickhouse(url, { table: "db.metrics", ...AT_ONCE, ...options }),
  well: (response) => void response.end(),
};
const CPU = { host: "web1", service: "cpu", metric: 0.25, time: 1_700_000_000.123 };

testTrouble(SINK);

// https://clickhouse.com/docs/interfaces/http and https://clickhouse.com/docs/interfaces/formats/JSONEachRow
test("rows are JSON, one a line, of an asynchronous insert that is answered when it is stored", async () => {
  const { method, path, body } = await requestOf(SINK, [
    { ...CPU, state: "ok", description: "d", ttl: 60, tags: ["a"], attributes: { zone: "eu" } },
    { ...CPU, metric: Number.POSITIVE_INFINITY },
  ]);
  const url = new URL(path, "http://a");
  assert.deepEqual([method, url.pathname], ["POST", "/"]);
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    query: "INSERT INTO db.metrics FORMAT JSONEachRow",
    ...{ async_insert: "1", wait_for_async_insert: "1", wait_end_of_query: "1", date_time_input_format: "best_effort" },
    ...{ input_format_skip_unknown_fields: "1", input_format_null_as_default: "1" },
  });
  const time = "2023-11-14T22:13:20.123Z";
  const row = { time, host: "web1", service: "cpu", state: "ok", description: "d", ttl: 60, metric: 0.25 };
  const empty = { state: null, description: null, ttl: null, metric: null, tags: [], attributes: {} };
  assert.deepEqual(
    body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [
      { ...row, tags: ["a"], attributes: { zone: "eu" } },
      { time, host: "web1", service: "cpu", ...empty },
    ],
  );
});

test("an exception counts by its code, whatever the status says", async () => {
  const cases: [code: number, status: number, delivered: number, refused: number, failed: number][] = [
    [27, 500, 2, 1, 0], // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    [53, 200, 2, 1, 0], // TYPE_MISMATCH
    [516, 500, 0, 0, 3], // AUTHENTICATION_FAILED
  ];
  for (const [code, status, delivered, refused, failed] of cases)
    await withServer(SINK, {}, async (outside, stub) => {
      stub.answer = (response, { body }) => {
        if (!body.includes('"bad"')) return void response.end();
        response.writeHead(status, { "x-clickhouse-exception-code": String(code) }).end(`Code: ${code}. DB::Exception`);
      };
      outside.offer(...["a", "bad", "b"].map((service) => ({ ...CPU, service })));
      await outside.settled();
      const { dropped } = outside.report;
      assert.deepEqual([outside.report.delivered, dropped.refused, dropped.failed], [delivered, refused, failed]);
    });
});

test("an exception in the body of an answer of success is one too", async () => {
  await withServer(SINK, {}, async (outside, stub) => {
    stub.answer = (response) => {
      if (stub.received.length > 1) response.end();
      else response.end("Code: 252. DB::Exception: Too many parts");
    };
    outside.offer(CPU);
    await outside.settled();
    assert.deepEqual([outside.report.delivered, stub.received.length], [1, 2]);
  });
});

test("a table that is not there is waited for, and the log says so", async () => {
  await withServer(SINK, {}, async (outside, stub) => {
    stub.answer = (response) => void response.writeHead(404).end("Code: 60. DB::Exception: Unknown table");
    outside.offer(CPU);
    await outside.until(() => stub.received.length === 1 && outside.live.log.length > 0);
    assert.equal(outside.report.pending, 1);
    assert.match(JSON.stringify(outside.live.log), /is the table there\?.*Unknown table/);
  });
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => clickhouse("ch:8123", { table: "a" }), /clickhouse\(url\): must be a URL/],
    [() => clickhouse("http://a", { table: "a; DROP TABLE b" }), /clickhouse\(table\): must be the name of a table/],
    [() => clickhouse("http://a", {} as never), /clickhouse\(table\): must be the name of a table.*, got undefined/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
