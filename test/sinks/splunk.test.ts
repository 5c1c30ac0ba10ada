import assert from "node:assert/strict";
import { test } from "node:test";
import { secret } from "../../src/delivery/secret.ts";
import { FastTsError } from "../../src/errors.ts";
import { type SplunkOptions, splunk } from "../../src/sinks/splunk.ts";
import { setEnvironment } from "../environment.ts";
import { type HttpSinkCase, requestOf, testTrouble, withServer } from "./answers.ts";

const sinkOf = (more: SplunkOptions): HttpSinkCase => ({
  name: "splunk",
  make: (url, options) => splunk(url, { ...more, ...options }),
  well: (response) => void response.end('{"text":"Success","code":0}'),
});
const CPU = { host: "web1", service: "cpu", metric: 0.25, time: 1_700_000_000.123 };

testTrouble(sinkOf({ token: "t" }));

// https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
test("events are objects one after the other, with their time in seconds", async (t) => {
  setEnvironment(t, { FTS_TEST_SPLUNK: "t0ken" });
  const { method, path, headers, body } = await requestOf(sinkOf({ token: secret("FTS_TEST_SPLUNK"), index: "ops" }), [
    { ...CPU, state: "ok", attributes: { zone: "eu" } },
    { ...CPU, host: null },
  ]);
  assert.deepEqual([method, path], ["POST", "/services/collector/event"]);
  assert.equal(headers.authorization, "Splunk t0ken");
  const about = { time: 1_700_000_000.123, source: "fast-ts", index: "ops" };
  const fields = { service: "cpu", metric: 0.25, tags: [] };
  assert.deepEqual(
    body.split("\n").map((line) => JSON.parse(line)),
    [
      { ...about, host: "web1", event: { ...fields, state: "ok", attributes: { zone: "eu" } } },
      { ...about, event: { ...fields, attributes: {} } },
    ],
  );
});

test("an index that is wrong gives the batch up whole; an event that is wrong is found", async () => {
  const cases: [answer: string, delivered: number, refused: number, failed: number][] = [
    ['{"text":"Incorrect index","code":7,"invalid-event-number":1}', 0, 0, 3],
    ['{"text":"Invalid data format","code":6,"invalid-event-number":1}', 2, 1, 0],
  ];
  for (const [answer, delivered, refused, failed] of cases)
    await withServer(sinkOf({ token: "t" }), {}, async (outside, stub) => {
      stub.answer = (response, { body }) => {
        const isBad = body.includes('"bad"');
        response.writeHead(isBad ? 400 : 200).end(isBad ? answer : "");
      };
      outside.offer(...["a", "bad", "b"].map((service) => ({ ...CPU, service })));
      await outside.settled();
      const { dropped } = outside.report;
      assert.deepEqual([outside.report.delivered, dropped.refused, dropped.failed], [delivered, refused, failed]);
    });
});

test("a wrong option says what it must be", () => {
  const wrong: [() => unknown, RegExp][] = [
    [() => splunk("splunk:8088", { token: "t" }), /splunk\(url\): must be a URL/],
    [() => splunk("http://a", {} as never), /splunk\(token\): must be a text or a secret\("NAME"\), got undefined/],
    [() => splunk("http://a", { token: "t", index: "" }), /splunk\(index\): must be a string that is not empty/],
  ];
  for (const [make, message] of wrong)
    assert.throws(make, (error) => error instanceof FastTsError && message.test(error.message));
});
