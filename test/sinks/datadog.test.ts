import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { secret } from "../../src/delivery/secret.ts";
import { FastTsError } from "../../src/errors.ts";
import { datadog } from "../../src/sinks/datadog.ts";
import { setEnvironment } from "../environment.ts";
import { type HttpSinkCase, requestOf, testTrouble, withServer } from "./answers.ts";

const SINK: HttpSinkCase = {
  name: "datadog",
  make: (site, options) => datadog({ site, apiKey: "k3y", batch: { seconds: 0 }, ...options }),
  well: (response) => void response.writeHead(202).end('{"errors":[]}'),
};
const CPU = { host: "web1", service: "cpu load", metric: 0.25, time: 1_700_000_000.9 };
const read = (bytes: Buffer) => JSON.parse(inflateSync(bytes).toString("utf8"));

testTrouble(SINK);

// https://docs.datadoghq.com/api/latest/metrics/#submit-metrics
test("metrics are gauges, with the host as a resource and attributes as tags, compressed with deflate", async (t) => {
  setEnvironment(t, { FTS_TEST_DATADOG: "k3y" });
  const sink = { ...SINK, make: (site: string) => datadog({ site, apiKey: secret("FTS_TEST_DATADOG") }) };
  const { method, path, headers, bytes } = await requestOf(sink, [
    { ...CPU, attributes: { zone: "eu" }, tags: ["prod"] },
    { ...CPU, host: null, service: "95% of ☃" },
  ]);
  assert.deepEqual([method, path], ["POST", "/api/v2/series"]);
  assert.deepEqual(
    [headers["dd-api-key"], headers["content-encoding"], headers["content-type"]],
    ["k3y", "deflate", "application/json"],
  );
  const points = [{ timestamp: 1_700_000_000, value: 0.25 }];
  const resources = [{ name: "web1", type: "host" }];
  assert.deepEqual(read(bytes), {
    series: [
      { metric: "cpu.load", type: 3, points, resources, tags: ["zone:eu", "prod"] },
      { metric: "m_95_.of._", type: 3, points },
    ],
  });
});

test("what has no service or no finite metric is refused; a request that is too large is halved", async () => {
  await withServer(SINK, {}, async (outside, stub) => {
    stub.answer = (response, { bytes }) => void response.writeHead(read(bytes).series.length > 2 ? 413 : 202).end();
    outside.offer(...[CPU, CPU, CPU, CPU], { ...CPU, service: null }, { ...CPU, metric: Number.NaN });
    await outside.settled();
    const { delivered, dropped } = outside.report;
    assert.deepEqual([delivered, dropped.refused, stub.received.length], [4, 2, 3]);
  });
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => datadog({ apiKey: "k", site: "a b" }), /datadog\(site\): must be a site such as "datadoghq.eu", or a URL/],
    [() => datadog({} as never), /datadog\(apiKey\): must be a text or a secret\("NAME"\), got undefined/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
