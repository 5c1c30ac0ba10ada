import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { secret } from "../../src/delivery/secret.ts";
import { FastTsError } from "../../src/errors.ts";
import { type ElasticsearchOptions, elasticsearch } from "../../src/sinks/elasticsearch.ts";
import { setEnvironment } from "../environment.ts";
import { type HttpSinkCase, requestOf, testTrouble, withServer } from "./answers.ts";

const bulk = (response: ServerResponse, ...items: object[]): void => {
  const errors = items.some((item) => "error" in item);
  response.end(JSON.stringify({ took: 1, errors, items: items.map((item) => ({ create: item })) }));
};
const CREATED = { status: 201 };
const failed = (status: number, type: string) => ({ status, error: { type, reason: `it is ${type}` } });

const sinkOf = (more: ElasticsearchOptions): HttpSinkCase => ({
  name: "elasticsearch",
  make: (url, options) => elasticsearch(url, { ...more, ...options }),
  well: (response) => bulk(response, CREATED),
});
const STREAM = sinkOf({ dataStream: "logs-fast_ts-default" });
const CPU = { host: "web1", service: "cpu", metric: 0.25, time: 1_700_000_000.123 };

testTrouble(STREAM);

// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
test("each event is an action create and a document", async (t) => {
  setEnvironment(t, { FTS_TEST_ELASTIC: "k3y" });
  const headers = { Authorization: secret("FTS_TEST_ELASTIC", (key) => `ApiKey ${key}`) };
  const both = { ...sinkOf({ index: "metrics", headers }), well: (to: ServerResponse) => bulk(to, CREATED, CREATED) };
  const request = await requestOf(both, [
    { ...CPU, state: "ok", description: "a\nb", ttl: 60, tags: ["a"], attributes: { zone: "eu" } },
    { ...CPU, host: null, metric: Number.NaN },
  ]);
  assert.deepEqual([request.method, request.path], ["POST", "/metrics/_bulk"]);
  assert.equal(request.headers["content-type"], "application/x-ndjson");
  assert.equal(request.headers.authorization, "ApiKey k3y");
  const document = {
    "@timestamp": "2023-11-14T22:13:20.123Z",
    ...{ host: "web1", service: "cpu", state: "ok", description: "a\nb", ttl: 60, metric: 0.25 },
    ...{ tags: ["a"], attributes: { zone: "eu" } },
  };
  const second = { "@timestamp": "2023-11-14T22:13:20.123Z", service: "cpu" };
  const lines = request.body.split("\n");
  assert.equal(lines.pop(), "", "the last line ends as well");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [{ create: {} }, document, { create: {} }, second],
  );
});

test("of an answer with errors the documents that the server could not take now are sent again, no others", async () => {
  await withServer(STREAM, {}, async (outside, stub) => {
    stub.answer = (response) => {
      const mapping = failed(400, "document_parsing_exception");
      if (stub.received.length > 1) bulk(response, CREATED, CREATED);
      else
        bulk(response, CREATED, failed(429, "es_rejected_execution_exception"), mapping, failed(503, "busy"), CREATED);
    };
    outside.offer(...["a", "b", "c", "d", "e"].map((service) => ({ ...CPU, service })));
    await outside.settled();
    const { delivered, dropped } = outside.report;
    assert.deepEqual([delivered, dropped.refused, stub.received.length], [4, 1, 2]);
    const services = [...(stub.received[1]?.body ?? "").matchAll(/"service":"(\w)"/g)].map(([, name]) => name);
    assert.deepEqual(services, ["b", "d"]);
  });
});

test("the reason of what is refused is in the log", async () => {
  await withServer(STREAM, {}, async (outside, stub) => {
    stub.answer = (response) => bulk(response, failed(400, "mapping"), CREATED);
    outside.offer(CPU, CPU);
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [1, 1]);
    assert.match(JSON.stringify(outside.live.log), /mapping: it is mapping/);
  });
});

test("an answer of success without a result is tried again", async () => {
  await withServer(STREAM, {}, async (outside, stub) => {
    stub.answer = (response) => {
      if (stub.received.length > 1) bulk(response, CREATED);
      else response.end("<html>");
    };
    outside.offer(CPU);
    await outside.settled();
    assert.deepEqual([outside.report.delivered, stub.received.length], [1, 2]);
  });
});

test("so is one whose result has something else in it", async () => {
  const wrong = [
    "null",
    '{"items":{}}',
    '{"errors":true,"items":[]}',
    ...["null", "5", "{}", '{"create":null}', '{"create":{"status":"no"}}'].map(
      (item) => `{"errors":true,"items":[${item}]}`,
    ),
  ];
  await withServer(STREAM, {}, async (outside, stub) => {
    stub.answer = (response) => {
      const answer = wrong[stub.received.length - 1];
      if (answer === undefined) bulk(response, CREATED);
      else response.end(answer);
    };
    outside.offer(CPU);
    await outside.settled();
    assert.deepEqual([outside.report.delivered, stub.received.length], [1, wrong.length + 1]);
  });
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => elasticsearch("elastic:9200", { index: "a" }), /elasticsearch\(url\): must be a URL/],
    [() => elasticsearch("http://a", {}), /elasticsearch\(index\): must be a string that is not empty, got undefined/],
    [() => elasticsearch("http://a", { index: "a", dataStream: "b" }), /takes index or dataStream, not both/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
