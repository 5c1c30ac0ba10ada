import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { event } from "../../src/core/event.ts";
import { type AmqpOptions, amqp } from "../../src/sinks/amqp.ts";
import { Outside, PATIENT } from "../sinks/outside.ts";
import { lackingRabbitMq, MAX_MESSAGE_BYTES, type Message, RabbitMq } from "./rabbitmq-server.ts";

const eventOf = (n: number) => ({ service: `s ${n}`, metric: n, time: 7, state: n % 2 ? "ok" : "bad" });
const EVENTS = Array.from({ length: 1200 }, (_, n) => eventOf(n));
const SENT = EVENTS.map((one) => JSON.stringify(event(one)));

function sinkTo(t: TestContext, url: string, options: AmqpOptions): Outside {
  const outside = new Outside([amqp(url, { ...PATIENT, ...options })], "amqp#0");
  t.after(() => outside.close());
  return outside;
}

const textsOf = (messages: readonly Message[]): string[] => messages.map(({ content }) => String(content));
const logOf = ({ live }: Outside): string => JSON.stringify(live.log);

test("RabbitMQ", { skip: lackingRabbitMq }, async (t) => {
  const rabbit = await RabbitMq.start(t);
  const { url } = rabbit;

  await t.test("a queue has every event in order, with an id of its own, over TLS as well", async (t) => {
    await rabbit.bind("all", ["ok", "bad"]);
    const outside = sinkTo(t, url, { exchange: "all", routingKey: (e) => e.state ?? "" });
    outside.offer(...EVENTS.slice(0, 600));
    await outside.settled();
    const secure = sinkTo(t, `amqps://localhost:${rabbit.tlsPort}`, {
      ...{ exchange: "", routingKey: "all", ca: join(rabbit.server.dir, "cert.pem") },
    });
    secure.offer(...EVENTS.slice(600));
    await secure.settled();
    const got = await rabbit.take("all");
    assert.deepEqual(textsOf(got), SENT);
    assert.equal(new Set(got.map(({ properties }) => properties.messageId)).size, SENT.length);
    const [first] = got;
    assert.deepEqual([first?.fields.routingKey, first?.properties.deliveryMode], ["bad", 2]);
    assert.equal(first?.properties.contentType, "application/json");
  });

  await t.test("a certificate that nobody vouches for is not accepted", async (t) => {
    const outside = sinkTo(t, `amqps://localhost:${rabbit.tlsPort}`, { exchange: "", routingKey: "all" });
    outside.offer({ service: "a" });
    await outside.until(() => /self.signed/.test(logOf(outside)));
    assert.equal(outside.report.pending, 1);
  });

  await t.test("what no queue wants is given up, or dropped by the broker", async (t) => {
    await rabbit.bind("some", ["ok"]);
    const [strict, lax] = [true, false].map((mandatory) =>
      sinkTo(t, url, { exchange: "some", routingKey: (e) => e.state ?? "", mandatory }),
    ) as [Outside, Outside];
    for (const outside of [strict, lax]) {
      outside.offer(...EVENTS.slice(0, 100));
      await outside.settled();
    }
    assert.deepEqual([strict.report.delivered, strict.report.dropped.refused], [50, 50]);
    assert.match(logOf(strict), /312 NO_ROUTE: no queue is bound for its routing key/);
    assert.equal(lax.report.delivered, 100);
    assert.equal((await rabbit.take("some")).length, 100);
  });

  await t.test("what is too large, or has a key that is none, is found; all others are there", async (t) => {
    await rabbit.bind("large", ["a"]);
    const outside = sinkTo(t, url, {
      exchange: "large",
      routingKey: ({ host, service }) => host ?? ((service === "later" ? Promise.resolve("a") : null) as never),
    });
    const well = (service: string) => ({ service, host: "a" });
    outside.offer(well("1"), { ...well("2"), description: "x".repeat(MAX_MESSAGE_BYTES) }, well("3"));
    outside.offer(
      { service: "4" },
      { service: "later" },
      { service: "5", host: "x".repeat(256) },
      { ...well("6"), time: 1e300 },
    );
    await outside.settled();
    assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [3, 4]);
    const services = textsOf(await rabbit.take("large")).map((json) => JSON.parse(json).service);
    assert.deepEqual([...new Set(services)], ["1", "3", "6"]);
  });

  await t.test("events wait for their exchange; who may not come in is told", async (t) => {
    const outside = sinkTo(t, url, { exchange: "late", routingKey: "a" });
    outside.offer(...EVENTS.slice(0, 10));
    await outside.until(() => logOf(outside).includes("it is tried until the exchange is there"));
    await rabbit.bind("late", ["a"]);
    await outside.settled();
    assert.deepEqual(textsOf(await rabbit.take("late")), SENT.slice(0, 10));
    const unknown = sinkTo(t, url.replace("//", "//guest:wrong@"), { exchange: "late", routingKey: "a" });
    unknown.offer(...EVENTS.slice(0, 2));
    await unknown.settled();
    assert.equal(unknown.report.dropped.failed, 2);
    assert.match(logOf(unknown), /ACCESS.REFUSED/);
    assert.doesNotMatch(logOf(unknown), /guest:wrong/);
    const elsewhere = sinkTo(t, `${url}/no-such-vhost`, { exchange: "late", routingKey: "a" });
    elsewhere.offer({ service: "a" });
    await elsewhere.until(() => logOf(elsewhere).includes("is the virtual host there"));
  });

  await t.test("while the broker blocks, events wait; then each is there once", async (t) => {
    await rabbit.bind("blocked", ["a"]);
    const outside = sinkTo(t, url, { exchange: "blocked", routingKey: "a", timeout: 100 });
    outside.offer(...EVENTS.slice(0, 1));
    await outside.settled();
    rabbit.ctl("set_vm_memory_high_watermark", "0");
    outside.offer(...EVENTS.slice(1, 900));
    await outside.until(() => /no answer within 100 s/.test(logOf(outside)));
    rabbit.ctl("set_vm_memory_high_watermark", "0.6");
    await outside.settled();
    assert.equal(outside.report.delivered, 900);
    assert.deepEqual(textsOf(await rabbit.take("blocked")), SENT.slice(0, 900));
  });

  await t.test(
    "a broker that is killed and comes back has every event, in order; copies have the same id",
    async (t) => {
      await rabbit.bind("killed", ["a"]);
      rabbit.written();
      const outside = sinkTo(t, url, { exchange: "killed", routingKey: "a", batch: { events: 50 } });
      outside.offer(...EVENTS.slice(0, 700));
      await outside.until(({ delivered }) => delivered > 0);
      await rabbit.server.stop();
      outside.offer(...EVENTS.slice(700));
      const since = outside.clock.now();
      await outside.until(() => outside.clock.now() - since > 20);
      await rabbit.server.start();
      await outside.settled();
      assert.equal(outside.report.delivered, 1200);
      const got = await rabbit.take("killed");
      const once = new Map(got.map((message) => [message.properties.messageId, String(message.content)]));
      assert.deepEqual([...once.values()], SENT);
      assert.ok(got.length - SENT.length <= 50, `${got.length - SENT.length} copies: more than a batch`);
    },
  );
});
