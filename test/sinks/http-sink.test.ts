import assert from "node:assert/strict";
import { test } from "node:test";
import { webhook } from "../../src/sinks/webhook.ts";
import { fixedEventWindow } from "../../src/stages/fixed-event-window.ts";
import { HttpStub } from "./http-stub.ts";
import { Outside } from "./outside.ts";

test("sinks of one address that send elsewhere are different targets, others share one", async () => {
  const stub = await new HttpStub().open();
  const put = webhook(stub.url, { method: "PUT" });
  const outside = new Outside([webhook(stub.url), put, webhook(stub.url, { body: () => "two" })], "webhook#0");
  outside.offer({ service: "a" });
  await outside.until(() => stub.received.length >= 2);
  assert.equal(outside.live.targets.reports().length, 2);
  outside.close();
  await stub.close();
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
