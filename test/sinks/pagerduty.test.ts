import assert from "node:assert/strict";
import { test } from "node:test";
import { jsm, pagerduty } from "../../src/sinks/index.ts";
import { fixedEventWindow } from "../../src/stages/index.ts";
import { Outside } from "./outside.ts";
import { AT, alerted, posted, stub } from "./posted.ts";

// https://developer.pagerduty.com/docs/events-api-v2/trigger-events and …/acknowledge-resolve…: routing_key, event_action,
// dedup_key (255), payload with summary (1,024), source, severity.

const api = `${stub.url}/v2/enqueue`;
const bodies = async (...events: Parameters<typeof posted>[1]) =>
  (await posted([pagerduty("R0", { api })], events)).map(({ body }) => JSON.parse(body));

test("an alert that begins triggers an incident", async () => {
  const options = { api, url: () => "https://dash.example.com/", payload: () => ({ class: "disk" }) };
  const event = alerted("trigger", { description: "full", tags: ["prod"], attributes: { zone: "eu" } });
  const [request] = await posted([pagerduty("R0", options)], [event]);
  assert.deepEqual([request?.method, request?.path], ["POST", "/v2/enqueue"]);
  assert.equal(request?.headers["content-type"], "application/json");
  assert.equal(
    request?.body,
    '{"routing_key":"R0","event_action":"trigger","dedup_key":"disks/db1/disk /var","payload":' +
      '{"summary":"critical: db1 disk /var","source":"db1","severity":"critical","timestamp":"2025-11-29T22:00:00.000Z",' +
      '"component":"disk /var","custom_details":{"zone":"eu",' +
      '"description":"0.95\\nsince 2025-11-29 21:50:00 UTC, 10 min\\nfull","metric":0.95,"tags":["prod"]},"class":"disk"},' +
      '"links":[{"href":"https://dash.example.com/","text":"critical: db1 disk /var"}],"client":"fast-ts"}',
  );
});

test("its acknowledgement and its end have the same key and nothing else", async () => {
  const [seen] = await posted([pagerduty("R0", { api })], [alerted("acknowledge", { state: "seen" })]);
  assert.equal(seen?.body, '{"routing_key":"R0","event_action":"acknowledge","dedup_key":"disks/db1/disk /var"}');
  const [over] = await posted([pagerduty("R0", { api })], [alerted("resolve", { state: "expired" })]);
  assert.equal(over?.body, '{"routing_key":"R0","event_action":"resolve","dedup_key":"disks/db1/disk /var"}');
});

test("updates and repetitions trigger again, in the order in which they came, with the severity of the state", async () => {
  const states = ["critical", "warning", "down", "unknown", "expired"];
  const sent = await bodies(...states.map((state) => alerted("update", { state })));
  assert.deepEqual(
    sent.map((one) => [one.event_action, one.payload.severity]),
    [
      ["trigger", "critical"],
      ["trigger", "warning"],
      ["trigger", "error"],
      ["trigger", "info"],
      ["trigger", "error"],
    ],
  );
});

test("of events that no alert made, ok resolves and the others trigger, by host and service", async () => {
  const series = { host: "a", service: "b", time: AT };
  const sent = await bodies({ ...series, state: "critical" }, { ...series, state: "ok" });
  assert.deepEqual(
    sent.map((one) => [one.event_action, one.dedup_key]),
    [
      ["trigger", "a/b"],
      ["resolve", "a/b"],
    ],
  );
});

test("each event of a list is a request", async () => {
  const events = ["a", "b"].map((host) => ({ host, state: "critical", time: AT }));
  const sent = await posted([fixedEventWindow(2), pagerduty("R0", { api })], events);
  assert.equal(sent.length, 2);
});

test("a key that is too long ends with a hash of all, and a summary is cut", async () => {
  const keys = ["x".repeat(300), `${"x".repeat(300)}y`].map((key) => ({ "alert key": key, "alert phase": "trigger" }));
  const sent = await posted(
    [pagerduty("R0", { api, title: () => "t".repeat(2000) })],
    keys.map((attributes) => ({ attributes, time: AT })),
  );
  const [one, other] = sent.map(({ body }) => JSON.parse(body));
  assert.ok(one.dedup_key.length <= 255 && other.dedup_key.length <= 255);
  assert.notEqual(one.dedup_key, other.dedup_key);
  assert.equal(one.payload.summary.length, 1024);
});

test("beyond the rate alerts wait their turn, each a request of its own, and a digest is refused", async () => {
  stub.received.length = 0;
  stub.answer = (response) => void response.end();
  const outside = new Outside([pagerduty("R0", { api, rate: { n: 2, seconds: 1 } })], "pagerduty#0");
  const begun = outside.clock.now();
  const keys = ["a", "b", "c", "d", "e"];
  outside.offer(...keys.map((host) => ({ host, service: "s", state: "critical" })));
  await outside.settled();
  const seconds = outside.clock.now() - begun;
  outside.close();
  assert.deepEqual(
    stub.received.map(({ body }) => JSON.parse(body).dedup_key),
    keys.map((key) => `${key}/s`),
  );
  assert.ok(seconds >= 2, `it took ${seconds} s`);
  for (const make of [pagerduty, jsm])
    assert.throws(() => Reflect.apply(make, null, ["K", { digest: { seconds: 60 } }]), {
      code: "FTS_STAGE_OPTION",
      message: new RegExp(`^${make.name}\\(digest\\): each alert is an incident of its own; for fewer incidents `),
    });
});

test("of a list each is told once, whatever becomes of the others", async () => {
  stub.received.length = 0;
  const answers = [200, 400, 503, 200];
  stub.answer = (response) => void response.writeHead(answers.shift() ?? 200).end();
  const outside = new Outside([fixedEventWindow(4), pagerduty("R0", { api })], "pagerduty#1");
  outside.offer(...["a", "b", "c", "d"].map((host) => ({ host, service: "s", state: "critical", time: AT })));
  await outside.settled();
  outside.close();
  assert.deepEqual(
    stub.received.map(({ body }) => JSON.parse(body).dedup_key),
    ["a/s", "b/s", "c/s", "c/s", "d/s"],
  );
  assert.equal(outside.report.dropped.refused, 1);
});
