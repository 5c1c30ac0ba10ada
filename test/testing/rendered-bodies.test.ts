import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { email } from "../../src/sinks/email.ts";
import { webhook } from "../../src/sinks/webhook.ts";
import { routes } from "../../src/testing/routes.ts";
import { decodeMsg } from "../../src/wire/codec.ts";
import { HEADER } from "../../src/wire/frames.ts";
import { routeDir } from "../routes/route-dir.ts";
import { requestOf } from "../sinks/answers.ts";
import { Outside } from "../sinks/outside.ts";
import { smtpServer } from "../sinks/smtp-server.ts";

const LINE =
  '{"host":"db1","service":"disk","state":"critical","metric":7,"time":1000,"description":null,"ttl":null,"tags":[],"attributes":{}}';
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
  const [rendered] = run.rendered.webhook ?? [];
  assert.equal(rendered?.to, "POST http://127.0.0.1:1/hook?a=b");
  assert.deepEqual([rendered?.encoding, rendered?.body], ["utf8", sent.body]);
  assert.deepEqual(rendered?.headers, {
    "content-type": "application/json",
    authorization: "Bearer secret(FTS_TEST_ABSENT)",
  });
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
    for (const { to, body } of requests) {
      assert.match(to, /^POST (https?:\/\/[a-z0-9.:]+\/|secret\(FTS_TEST_ABSENT\)($|[/?]))/);
      assert.ok(body.length > 0);
    }
    assert.deepEqual(run.drops, []);
  });

test("sinks that speak no HTTP show their bytes", async (t) => {
  const run = await loaded(t, 'f.graphite("127.0.0.1:1"), f.forward("127.0.0.1:1"), f.stdout()');
  run.inject([EVENT]);
  assert.deepEqual(run.rendered.graphite, [
    { to: "127.0.0.1:1", headers: {}, encoding: "utf8", body: "db1.disk 7 1000\n" },
  ]);
  const [forwarded] = run.rendered.forward ?? [];
  assert.deepEqual([forwarded?.to, forwarded?.encoding], ["127.0.0.1:1", "base64"]);
  const frame = Buffer.from(forwarded?.body ?? "", "base64");
  assert.equal(decodeMsg(frame.subarray(HEADER)).events?.[0]?.service, "disk");
});

test("a list is rendered as one, and what a sink has no use for is not", async (t) => {
  const run = await loaded(t, 'f.fixedEventWindow(2), f.graphite("127.0.0.1:1")');
  run.inject([EVENT, { ...EVENT, metric: null }, { ...EVENT, metric: null }, { ...EVENT, metric: null }]);
  assert.deepEqual(
    run.rendered.graphite?.map(({ body }) => body),
    ["db1.disk 7 1000\n"],
  );
});

/** What is told of where the event goes; its body is the event as `stdout()` prints it, unless it says something else. */
const OTHERS: Readonly<Record<string, readonly [stage: string, to: string, body?: string]>> = {
  amqp: ['f.amqp(secret("A"), { exchange: "e", routingKey: (e) => e.host! })', "exchange e, routing key db1"],
  exec: ['f.exec(["/bin/notify", "-v"])', "/bin/notify -v", `${LINE}\n`],
  file: ['f.file("/tmp/events")', "/tmp/events", `${LINE}\n`],
  kafka: ['f.kafka("a:9092", { topic: "t" })', "topic t, key db1"],
  mqtt: ['f.mqtt(secret("A"), { topic: (e) => "a/" + e.state })', "topic a/critical, QoS 1"],
  nats: ['f.nats(secret("A"), { subject: (e) => "a." + e.state })', "subject a.critical"],
  postgres: [
    'f.postgres(secret("A"), { table: "t" })',
    "INSERT INTO ",
    '[["1970-01-01T00:16:40.000000Z"],["db1"],["disk"],["critical"],[null],[7],[null],["[]"],["{}"]]',
  ],
  redis: ['f.redis(secret("A"), { stream: "s", maxLength: 9 })', "xadd s MAXLEN ~ 9 * event"],
};

for (const [name, [stage, to, body = LINE]] of Object.entries(OTHERS))
  test(`${name} shows where the event goes, and how`, async (t) => {
    const run = await loaded(t, stage);
    run.inject([EVENT]);
    const [sent, ...more] = run.rendered[name] ?? [];
    assert.equal(sent?.to.slice(0, to.length), to);
    assert.deepEqual([sent?.body, more], [body, []]);
  });

test("email shows the mail that the server would get, byte for byte", async (t) => {
  const events = [EVENT, { ...EVENT, description: `für <alle>\n${"lang ".repeat(40)}\n.\nпривет 🔥 ` }];
  const server = await smtpServer();
  t.after(() => server.close());
  const options = `{ from: "Fast <fts@example.com>", smtp: "${server.url}", url: () => "https://example.com/?a=1&b=2" }`;
  const stage = `f.email(["ops@example.com", "Nächte <night@example.com>"], ${options})`;
  const run = await loaded(t, stage);
  run.inject(events);
  const outside = new Outside([new Function("f", `return ${stage}`)({ email })], "email#0");
  t.after(() => outside.close());
  for (const one of events) outside.offer(one);
  await outside.settled();
  const comparable = (mail: string): string =>
    mail
      .replaceAll(/^(Message-ID|Date): .*$/gm, "$1")
      .replaceAll(new RegExp(/boundary="?([^"\r]+)/.exec(mail)?.[1] ?? "none", "g"), "boundary");
  assert.deepEqual(
    run.rendered.email?.map(({ body }) => comparable(body)),
    server.mails.map(({ text }) => comparable(text)),
  );
  assert.equal(run.rendered.email?.[0]?.to, "ops@example.com, Nächte <night@example.com>");
});
