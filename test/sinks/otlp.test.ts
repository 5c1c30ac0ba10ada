import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import protobuf from "protobufjs";
import type { EventFields } from "../../src/core/event.ts";
import { FastTsError } from "../../src/errors.ts";
import { type OtlpOptions, otlp } from "../../src/sinks/otlp.ts";
import { type HttpSinkCase, requestOf, testTrouble, withServer } from "./answers.ts";
import type { Received } from "./http-stub.ts";

// The fields that are used here of opentelemetry-proto 1: collector/…_service.proto, metrics.proto, logs.proto,
// resource.proto and common.proto.
const { root } = protobuf.parse(`syntax = "proto3";
  message Metrics { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
  message Metric { string name = 1; Gauge gauge = 5; }
  message Gauge { repeated Point data_points = 1; }
  message Point { fixed64 time_unix_nano = 3; double as_double = 4; repeated KeyValue attributes = 7; }
  message Logs { repeated ResourceLogs resource_logs = 1; }
  message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
  message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; }
  message LogRecord { fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
    repeated KeyValue attributes = 6; fixed64 observed_time_unix_nano = 11; }
  message Resource { repeated KeyValue attributes = 1; }
  message Scope { string name = 1; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; double double_value = 4; ArrayValue array_value = 5; }
  message ArrayValue { repeated AnyValue values = 1; }
  message Response { PartialSuccess partial_success = 1; }
  message PartialSuccess { int64 rejected = 1; string error_message = 2; }`);

interface LogRecord {
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: object;
}

const read = (request: Received | undefined, message: "Metrics" | "Logs"): Record<string, unknown> =>
  root
    .lookupType(message)
    .decode(gunzipSync(request?.bytes ?? Buffer.alloc(0)))
    .toJSON();

const respond = (response: ServerResponse, rejected: number, errorMessage: string): void => {
  const type = root.lookupType("Response");
  const body = type.encode(type.fromObject({ partialSuccess: { rejected, errorMessage } })).finish();
  response.writeHead(200, { "content-type": "application/x-protobuf" }).end(body);
};

const sinkOf = (more: OtlpOptions): HttpSinkCase => ({
  name: "otlp",
  make: (url, options) => otlp(`${url}/otlp`, { ...more, ...options }),
  well: (response) => void response.writeHead(200).end(),
  retried: [429, 502, 503],
});
const METRICS = sinkOf({});
const CPU: EventFields = { host: "web1", service: "cpu", metric: 0.25, time: 1_700_000_000.123456 };
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const SCOPE = { name: "fast-ts" };

testTrouble(METRICS);

test("metrics are points of gauges, a resource for each host and a metric for each service", async () => {
  const request = await requestOf(METRICS, [
    { ...CPU, attributes: { zone: "eu" } },
    { ...CPU, host: null, metric: 1 },
    { ...CPU, service: "mem", metric: -2 },
    { ...CPU, metric: 0.5 },
  ]);
  assert.deepEqual([request.method, request.path], ["POST", "/otlp/v1/metrics"]);
  const { "content-type": type, "content-encoding": encoding } = request.headers;
  assert.deepEqual([type, encoding], ["application/x-protobuf", "gzip"]);
  const timeUnixNano = "1700000000123456000";
  const metric = (name: string, ...dataPoints: object[]) => ({ name, gauge: { dataPoints } });
  const resource = { attributes: [text("host.name", "web1")] };
  const points = [
    { timeUnixNano, asDouble: 0.25, attributes: [text("zone", "eu")] },
    { timeUnixNano, asDouble: 0.5 },
  ];
  const ofWeb1 = [metric("cpu", ...points), metric("mem", { timeUnixNano, asDouble: -2 })];
  assert.deepEqual(read(request, "Metrics"), {
    resourceMetrics: [
      { resource, scopeMetrics: [{ scope: SCOPE, metrics: ofWeb1 }] },
      { resource: {}, scopeMetrics: [{ scope: SCOPE, metrics: [metric("cpu", { timeUnixNano, asDouble: 1 })] }] },
    ],
  });
});

test("logs have the state as severity, the description as body", async () => {
  const request = await requestOf(sinkOf({ signal: "logs" }), [
    { ...CPU, state: "critical", description: "on fire", tags: ["a", "b"], attributes: { zone: "eu" } },
    { ...CPU, state: "odd", metric: null },
  ]);
  assert.equal(request.path, "/otlp/v1/logs");
  const { resourceLogs } = read(request, "Logs") as {
    resourceLogs: { resource: object; scopeLogs: [{ logRecords: [LogRecord, LogRecord] }] }[];
  };
  assert.deepEqual(resourceLogs[0]?.resource, { attributes: [text("host.name", "web1"), text("service.name", "cpu")] });
  const [first, second] = resourceLogs[0]?.scopeLogs[0].logRecords ?? [];
  const { observedTimeUnixNano = "", ...rest } = first ?? {};
  assert.match(observedTimeUnixNano, /^\d{19}$/);
  const values = [{ stringValue: "a" }, { stringValue: "b" }];
  const attributes = [
    ...[text("zone", "eu"), { key: "metric", value: { doubleValue: 0.25 } }],
    { key: "tags", value: { arrayValue: { values } } },
  ];
  const severity = { severityNumber: 17, severityText: "critical" };
  assert.deepEqual(rest, {
    timeUnixNano: "1700000000123456000",
    ...severity,
    body: { stringValue: "on fire" },
    attributes,
  });
  assert.deepEqual(
    [second?.severityNumber, second?.severityText, second?.body],
    [undefined, "odd", { stringValue: "cpu odd" }],
  );
});

test("as a metric, what has no service or no metric is refused", async () => {
  await withServer(METRICS, {}, async (outside) => {
    outside.offer(CPU, { ...CPU, service: null }, { ...CPU, metric: null });
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [1, 2]);
  });
});

test("what an answer of success says is rejected is given up, and nothing is sent again", async () => {
  await withServer(METRICS, {}, async (outside, stub) => {
    stub.answer = (response) => respond(response, 2, "too old");
    outside.offer(CPU, { ...CPU, service: "a" }, { ...CPU, service: "b" });
    await outside.settled();
    const { delivered, dropped } = outside.report;
    assert.deepEqual([delivered, dropped.refused, stub.received.length], [1, 2, 1]);
    assert.match(JSON.stringify(outside.live.log), /rejected 2 of 3.*too old/);
  });
});

test("an answer with a message and nothing rejected is a success", async () => {
  await withServer(METRICS, {}, async (outside, stub) => {
    stub.answer = (response) => respond(response, 0, "use a newer client");
    outside.offer(CPU);
    await outside.settled();
    assert.equal(outside.report.delivered, 1);
  });
});

for (const status of [500, 501, 404])
  test(`${status} is not tried again, as the protocol has it`, async () => {
    await withServer(METRICS, {}, async (outside, stub) => {
      stub.answer = (response) => void response.writeHead(status).end("no");
      outside.offer(CPU, CPU);
      await outside.settled();
      assert.deepEqual([outside.report.dropped.failed, stub.received.length], [2, 1]);
    });
  });

test("a request that is too large or wrong is halved", async () => {
  for (const status of [400, 413])
    await withServer(METRICS, {}, async (outside, stub) => {
      stub.answer = (response, request) => {
        const isBad = JSON.stringify(read(request, "Metrics")).includes('"bad"');
        response.writeHead(isBad ? status : 200).end();
      };
      outside.offer(...["a", "bad", "b", "c"].map((service) => ({ ...CPU, service })));
      await outside.settled();
      assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [3, 1]);
    });
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => otlp("collector:4318"), /otlp\(url\): must be a URL/],
    [() => otlp("http://a", { signal: "traces" as never }), /otlp\(signal\): must be one of "metrics", "logs"/],
    [() => otlp("http://a", { headers: { x: "" } }), /otlp\(headers.x\): must be a string that is not empty/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
