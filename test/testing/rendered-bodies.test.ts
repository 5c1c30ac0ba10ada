import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { webhook } from "../../src/sinks/webhook.ts";
import { routes } from "../../src/testing/routes.ts";
import { decodeMsg } from "../../src/wire/codec.ts";
import { HEADER } from "../../src/wire/frames.ts";
import { routeDir } from "../routes/route-dir.ts";
import { requestOf } from "../sinks/answers.ts";

const EVENT = { host: "db1", service: "disk", state: "critical", metric: 7, time: 1000 };

async function loaded(t: TestContext, stages: string) {
  const dir = await routeDir(t, {
    "a.ts": `import * as f from "fast-ts";\nconst { secret } = f;\nf.pipeline("a", [${stages}]);`,
  });
  return routes(join(dir, "a.ts"), { start: 1000 });
}

test("t.rendered has the request that a sink would send, byte for byte", async (t) => {
  const run = await loaded(
    t,
    `f.webhook("http://127.0.0.1:1/hook?a=b", { headers: { Authorization: secret("FTS_TEST_ABSENT", (s) => "Bearer " + s) } })`,
  );
  run.inject([EVENT]);
  const sent = await requestOf({ name: "webhook", make: webhook, well: (response) => response.end() }, [EVENT]);
  assert.deepEqual(run.rendered.webhook, [sent.body]);
});

const HTTP_SINKS: Readonly<Record<string, string>> = {
  clickhouse: 'f.clickhouse(secret("FTS_TEST_ABSENT"), { table: "t" })',
  datadog: 'f.datadog({ site: "datadoghq.eu", apiKey: secret("FTS_TEST_ABSENT") })',
  elasticsearch: 'f.elasticsearch("http://127.0.0.1:1", { index: "i" })',
  influxdb: 'f.influxdb("http://127.0.0.1:1", { db: "d", token: secret("FTS_TEST_ABSENT") })',
  loki: 'f.loki("http://127.0.0.1:1")',
  otlp: 'f.otlp("http://127.0.0.1:1")',
  remoteWrite: 'f.remoteWrite("http://127.0.0.1:1")',
  splunk: 'f.splunk("http://127.0.0.1:1", { token: secret("FTS_TEST_ABSENT") })',
  webhook: 'f.webhook(secret("FTS_TEST_ABSENT"), { hmac: secret("FTS_TEST_ABSENT") })',
};

for (const [name, stage] of Object.entries(HTTP_SINKS))
  test(`${name} shows its request without a line of its own`, async (t) => {
    const run = await loaded(t, stage);
    run.inject([EVENT, { ...EVENT, time: 1001 }]);
    const requests = run.rendered[name] ?? [];
    assert.equal(requests.length, 2);
    for (const body of requests) assert.ok(body.length > 0);
    assert.deepEqual(run.drops, []);
  });

test("sinks that speak no HTTP show their bytes", async (t) => {
  const run = await loaded(t, 'f.graphite("127.0.0.1:1"), f.forward("127.0.0.1:1"), f.stdout()');
  run.inject([EVENT]);
  assert.deepEqual(run.rendered.graphite, ["db1.disk 7 1000\n"]);
  const frame = Buffer.from(run.rendered.forward?.[0] ?? "", "base64");
  assert.equal(decodeMsg(frame.subarray(HEADER)).events?.[0]?.service, "disk");
});

test("a list is rendered as one, and what a sink has no use for is not", async (t) => {
  const run = await loaded(t, 'f.fixedEventWindow(2), f.graphite("127.0.0.1:1")');
  run.inject([EVENT, { ...EVENT, metric: null }, { ...EVENT, metric: null }, { ...EVENT, metric: null }]);
  assert.deepEqual(run.rendered.graphite, ["db1.disk 7 1000\n"]);
});
