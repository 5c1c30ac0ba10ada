import assert from "node:assert/strict";
import { test } from "node:test";
import { FastTsError } from "../../src/errors.ts";
import { type LokiOptions, loki } from "../../src/sinks/loki.ts";
import { type HttpSinkCase, requestOf, testTrouble, withServer } from "./answers.ts";

const sinkOf = (more: LokiOptions): HttpSinkCase => ({
  name: "loki",
  make: (url, options) => loki(url, { ...more, ...options }),
  well: (response) => void response.writeHead(204).end(),
});
const HTTP = { host: "web1", service: "http", state: "critical", time: 1_700_000_000.123456 };

testTrouble(sinkOf({}));

// https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
test("events are lines of a stream for each host, service and state, with nanoseconds as a text", async () => {
  const request = await requestOf(sinkOf({ tenant: "ops" }), [
    { ...HTTP, description: "no answer", metric: 7, ttl: 60, tags: ["a", "b"], attributes: { "zone.a": "eu" } },
    { ...HTTP, state: "ok" },
    { ...HTTP, time: 5 },
  ]);
  assert.deepEqual([request.method, request.path], ["POST", "/loki/api/v1/push"]);
  assert.equal(request.headers["content-type"], "application/json");
  assert.equal(request.headers["x-scope-orgid"], "ops");
  const stream = (state: string) => ({ host: "web1", service: "http", state });
  const metadata = { zone_a: "eu", metric: "7", ttl: "60", tags: "a,b" };
  assert.deepEqual(JSON.parse(request.body), {
    streams: [
      {
        stream: stream("critical"),
        values: [
          ["1700000000123456000", "no answer", metadata],
          ["5000000000", "http critical", {}],
        ],
      },
      { stream: stream("ok"), values: [["1700000000123456000", "http ok", {}]] },
    ],
  });
});

test("labels are the user's; without any a stream has one that says where it is from", async () => {
  const { body, headers } = await requestOf(sinkOf({ labels: ({ host }) => ({ "the host": host, job: null }) }), [
    HTTP,
    { ...HTTP, host: null },
  ]);
  assert.equal(headers["x-scope-orgid"], undefined);
  const streams = JSON.parse(body).streams.map((one: { stream: object }) => one.stream);
  assert.deepEqual(streams, [{ the_host: "web1" }, { source: "fast-ts" }]);
});

test("lines that Loki does not want are found", async () => {
  await withServer(sinkOf({}), {}, async (outside, stub) => {
    stub.answer = (response, { body }) => {
      const isBad = body.includes('"old"');
      response.writeHead(isBad ? 400 : 204).end(isBad ? "entry too far behind" : "");
    };
    outside.offer(...["a", "old", "b"].map((service) => ({ ...HTTP, service })));
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [2, 1]);
  });
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => loki("loki:3100"), /loki\(url\): must be a URL/],
    [() => loki("http://a", { labels: {} as never }), /loki\(labels\): must be a function/],
    [() => loki("http://a", { tenant: "" }), /loki\(tenant\): must be a string that is not empty/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
