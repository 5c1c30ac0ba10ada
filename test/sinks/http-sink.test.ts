import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "../../src/delivery/secret.ts";
import { targetKey } from "../../src/sinks/target-key.ts";
import { webhook } from "../../src/sinks/webhook.ts";
import { fixedEventWindow } from "../../src/stages/fixed-event-window.ts";
import { HttpStub } from "./http-stub.ts";
import { Outside } from "./outside.ts";

test("sinks of one address that send different things are different targets, others share one", async () => {
  const stub = await new HttpStub().open();
  const body = (): string => "one";
  const stages = [webhook(stub.url, { body }), webhook(stub.url, { body: () => "two" }), webhook(stub.url, { body })];
  const outside = new Outside(stages, "webhook#0");
  outside.offer({ service: "a" });
  await outside.until(() => stub.received.reduce((sum, one) => sum + (one.body === "one" ? 1 : 10), 0) >= 11);
  assert.equal(outside.live.targets.reports().length, 2);
  outside.close();
  await stub.close();
});

test("a target's key names credentials, and shows none", () => {
  process.env.FTS_TEST_KEY_OF_TARGET = "s3cret";
  const key = targetKey("POST", { authorization: secret("FTS_TEST_KEY_OF_TARGET") }, undefined, secret("OTHER"));
  assert.equal(key, 'POST {"authorization":"secret(FTS_TEST_KEY_OF_TARGET)"}  OTHER');
});

test("events of a list that is refused in part share its lot", async () => {
  const stub = await new HttpStub().open();
  stub.answer = (response, { body }) => void response.writeHead(body.includes('"bad"') ? 400 : 200).end();
  const outside = new Outside([fixedEventWindow(2), webhook(stub.url)], "webhook#1");
  outside.offer(...["a", "b", "c", "bad", "d", "e"].map((service) => ({ service })));
  await outside.settled();
  assert.deepEqual([outside.report.delivered, outside.report.dropped.refused], [2, 1]);
  outside.close();
  await stub.close();
});
