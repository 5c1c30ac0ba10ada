import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import protobuf from "protobufjs";
import type { EventFields } from "../../src/core/event.ts";
import { FastTsError } from "../../src/errors.ts";
import { type RemoteWriteOptions, remoteWrite } from "../../src/sinks/remote-write.ts";
import { unsnappy } from "../wire/unsnappy.ts";
import { type HttpSinkCase, requestOf, testTrouble, withServer } from "./answers.ts";
import type { Received } from "./http-stub.ts";

// The fields that are used here of prometheus/prompb: types.proto and remote.proto, io/prometheus/write/v2/types.proto.
const { root } = protobuf.parse(`syntax = "proto3";
  message WriteRequest { repeated TimeSeries timeseries = 1; }
  message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
  message Label { string name = 1; string value = 2; }
  message Sample { double value = 1; int64 timestamp = 2; }
  message Request { repeated string symbols = 4; repeated TimeSeries2 timeseries = 5; }
  message TimeSeries2 { repeated uint32 labels_refs = 1; repeated Sample samples = 2; }`);

interface Sample {
  readonly value: number;
  readonly timestamp: number;
}
/** Name, labels and samples of each series. */
type Read = readonly [labels: string, samples: readonly (readonly [number, number])[]][];

function read({ bytes, headers }: Received): Read {
  const isSecond = String(headers["content-type"]).includes("v2");
  const type = root.lookupType(isSecond ? "Request" : "WriteRequest");
  const { timeseries = [], symbols = [] } = type.toObject(type.decode(unsnappy(bytes)), { longs: Number });
  return timeseries.map(
    (one: {
      labels?: { name: string; value: string }[];
      labelsRefs?: number[];
      samples: Sample[];
    }): [string, [number, number][]] => {
      const texts =
        one.labels?.flatMap(({ name, value }) => [name, value]) ?? one.labelsRefs?.map((ref) => symbols[ref]);
      return [(texts ?? []).join(" "), one.samples.map(({ value, timestamp }) => [value, timestamp])];
    },
  );
}

/** What a server of version 2 answers when it has written `count` samples. */
const written = (response: ServerResponse, count: number): void =>
  void response.writeHead(204, { "x-prometheus-remote-write-samples-written": String(count) }).end();
const samplesOf = (request: Received): number => read(request).reduce((sum, [, samples]) => sum + samples.length, 0);

const sinkOf = (more: RemoteWriteOptions): HttpSinkCase => ({
  name: "remoteWrite",
  make: (url, options) => remoteWrite(`${url}/api/v1/write`, { ...more, ...options }),
  well: (response) => written(response, 1),
});
const V1 = sinkOf({});
const V2 = sinkOf({ version: 2 });
const at = (service: string, time: number, metric: number, more: EventFields = {}): EventFields => ({
  ...{ service, time, metric, host: "h" },
  ...more,
});

testTrouble(V1);
testTrouble(V2);

// https://prometheus.io/docs/specs/prw/remote_write_spec/
test("version 1 is snappy over protobuf, labels sorted, samples by time in milliseconds", async () => {
  const request = await requestOf(V1, [
    at("api req 0.95", 1.5, 7, {
      attributes: { "zone.a": "eu", Team: "ops", __name__: "x", empty: "", "zone-a": "us" },
    }),
    at("cpu", 2, Number.POSITIVE_INFINITY),
    at("cpu", 1, -0.5),
  ]);
  assert.deepEqual([request.method, request.path], ["POST", "/api/v1/write"]);
  const { "content-type": type, "content-encoding": encoding, "user-agent": agent } = request.headers;
  assert.deepEqual([type, encoding, agent], ["application/x-protobuf", "snappy", "fast-ts"]);
  assert.equal(request.headers["x-prometheus-remote-write-version"], "0.1.0");
  assert.deepEqual(read(request), [
    ["Team ops __name__ api_req_0_95 _name__ x host h zone_a eu", [[7, 1500]]],
    [
      "__name__ cpu host h",
      [
        [-0.5, 1000],
        [Number.POSITIVE_INFINITY, 2000],
      ],
    ],
  ]);
});

// https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
test("version 2 has each text once, the first one empty, and says what it is", async () => {
  const sink = { ...V2, well: (response: ServerResponse) => written(response, 2) };
  const request = await requestOf(sink, [at("cpu", 1, 1), at("mem", 1, 2)]);
  assert.equal(request.headers["content-type"], "application/x-protobuf;proto=io.prometheus.write.v2.Request");
  assert.equal(request.headers["x-prometheus-remote-write-version"], "2.0.0");
  const { symbols } = root.lookupType("Request").decode(unsnappy(request.bytes)).toJSON();
  assert.deepEqual(symbols, ["", "__name__", "cpu", "host", "h", "mem"]);
  assert.deepEqual(read(request), [
    ["__name__ cpu host h", [[1, 1000]]],
    ["__name__ mem host h", [[2, 1000]]],
  ]);
});

test("an expired event ends its series; without a metric, a service or a time others are refused", async () => {
  await withServer(V1, {}, async (outside, stub) => {
    outside.offer(
      { service: "a", state: "expired", time: 3, metric: null },
      { service: "b", time: 3, metric: null },
      { time: 3, metric: 1 },
      { service: "c", time: -1, metric: 1 },
    );
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [1, 3]);
    const stale = Buffer.from("020000000000f07f", "hex");
    assert.ok(unsnappy(stub.received[0]?.bytes ?? Buffer.alloc(0)).includes(stale));
  });
});

test("of the samples of a millisecond the last counts, and what is older than what was sent is refused", async () => {
  await withServer(V1, {}, async (outside, stub) => {
    outside.offer(at("cpu", 5, 1), at("cpu", 4, 2), at("cpu", 5.0001, 3), at("cpu.", 5, 4), at("cpu/", 4, 5));
    await outside.settled();
    assert.deepEqual(read(stub.received[0] as Received), [
      [
        "__name__ cpu host h",
        [
          [2, 4000],
          [3, 5000],
        ],
      ],
      [
        "__name__ cpu_ host h",
        [
          [5, 4000],
          [4, 5000],
        ],
      ],
    ]);
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [4, 1]);
    outside.offer(at("cpu", 5, 6), at("cpu", 4.5, 7));
    await outside.settled();
    assert.deepEqual([outside.report.dropped.refused, stub.received.length], [3, 1]);
    outside.offer(at("cpu", 5.001, 8), at("cpu_", 1, 9));
    await outside.settled();
    assert.deepEqual(read(stub.received[1] as Received), [["__name__ cpu host h", [[8, 5001]]]]);
    assert.match(JSON.stringify(outside.live.log), /not younger than what was sent of their series/);
  });
});

test("a request that failed is sent again with all its samples", async () => {
  await withServer(V1, {}, async (outside, stub) => {
    stub.answer = (response) => {
      if (stub.received.length > 1) response.writeHead(204).end();
      else response.writeHead(500).end();
    };
    outside.offer(at("cpu", 5, 1), at("cpu", 6, 2));
    await outside.settled();
    assert.equal(outside.report.delivered, 2);
    assert.deepEqual(stub.received[1]?.bytes, stub.received[0]?.bytes);
  });
});

test("version 1: of a request that is refused the samples that are wanted are delivered", async () => {
  await withServer(V1, {}, async (outside, stub) => {
    stub.answer = (response, request) => {
      const isBad = read(request).some(([labels]) => labels.includes("bad"));
      response.writeHead(isBad ? 400 : 204).end(isBad ? "out of bounds" : "");
    };
    outside.offer(...["a", "b", "bad", "c", "d"].map((name) => at(name, 1, 1)));
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [4, 1]);
  });
});

test("version 2: of a request that was written in part the samples that the answer names are given up", async () => {
  for (const status of [200, 400])
    await withServer(V2, {}, async (outside, stub) => {
      stub.answer = (response, request) => {
        const bad = read(request).filter(([labels]) => labels.includes("bad"));
        const headers = { "x-prometheus-remote-write-samples-written": String(samplesOf(request) - bad.length) };
        response.writeHead(bad.length === 0 ? 200 : status, headers);
        response.end('out of bounds for series {__name__="bad", host="h"}');
      };
      outside.offer(...["a", "b", "bad", "c"].map((name, n) => at(name, n + 1, 1)));
      await outside.settled();
      const { delivered, dropped } = outside.report;
      assert.deepEqual([delivered, dropped.refused, stub.received.length], [3, 1, 1]);
      outside.offer(at("bad", 3, 1));
      await outside.settled();
      assert.equal(stub.received.length, 2, "nothing of that series was sent yet");
    });
});

test("version 2: of a request of which nothing was written the samples that are wanted are delivered", async () => {
  await withServer(V2, {}, async (outside, stub) => {
    stub.answer = (response, request) => {
      if (read(request).some(([labels]) => labels.includes("bad"))) response.writeHead(400).end();
      else written(response, samplesOf(request));
    };
    outside.offer(...["a", "b", "bad", "c", "d"].map((name) => at(name, 1, 1)));
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [4, 1]);
  });
});

for (const [what, status] of [
  ["refuses version 2", 415],
  ["says nothing of what it wrote", 204],
] as const)
  test(`a target that ${what} is sent version 1 from then on`, async () => {
    await withServer(V2, {}, async (outside, stub) => {
      stub.answer = (response, { headers }) => {
        response.writeHead(String(headers["content-type"]).includes("v2") ? status : 204).end();
      };
      for (const time of [1, 2]) {
        outside.offer(at("cpu", time, time));
        await outside.settled();
      }
      assert.equal(outside.report.delivered, 2);
      const versions = stub.received.map(({ headers }) => headers["x-prometheus-remote-write-version"]);
      assert.deepEqual(versions, ["2.0.0", "0.1.0", "0.1.0"]);
      assert.match(JSON.stringify(outside.live.log), /does not know remote write 2/);
    });
  });

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => remoteWrite("prometheus:9090"), /remoteWrite\(url\): must be a URL/],
    [() => remoteWrite("http://a", { version: 3 as never }), /remoteWrite\(version\): must be 1 or 2, got 3/],
    [() => remoteWrite("http://a", { concurrency: 2 }), /remoteWrite\(concurrency\): must be 1, as each series/],
    [() => remoteWrite("http://a", { headers: { x: 5 as never } }), /remoteWrite\(headers.x\): must be a string/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
